//! The route table: what is known of all hosts and routes, made quick to ask. Immutable; a later
//! one is made of it and of what changed, and shares with it all that did not.

use std::sync::Arc;

use croft_model::{
    domain::HostPattern,
    function::Budget,
    host::Hostname,
    id::{ProjectId, TeamId},
    route::{Match, RoutePattern, Tree},
};
use croft_ports::{
    function_invoker::FunctionEnvironment,
    route_source::{FunctionTarget, ProjectRoutes, RouteDelta},
};

use crate::shards::Shards;

/// Everything the edge routes by, ready to be asked without a lock or a query.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    /// Of the state it is; `None` before the first.
    generation: Option<u64>,
    projects: Shards<ProjectId, Arc<Project>>,
    exact: Shards<Arc<str>, Arc<Project>>,
    /// By what follows the first dot.
    below: Shards<Arc<str>, Below>,
}

#[derive(Debug, Clone)]
struct Below {
    project: Arc<Project>,
    /// The name under which the first label is given to functions.
    param: Option<Arc<str>>,
}

/// A project as the edge knows it.
#[derive(Debug)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Its team.
    pub team: TeamId,
    /// What its calls may use.
    pub budget: Budget,
    /// What its functions see of its variables and secrets.
    pub environment: Arc<FunctionEnvironment>,
    routes: Tree<Arc<FunctionTarget>>,
    hosts: Box<[Host]>,
}

/// The key of a host's entry in the table.
#[derive(Debug)]
enum Host {
    Exact(Arc<str>),
    Below(Arc<str>),
}

impl Project {
    fn new(routes: ProjectRoutes, hosts: Box<[Host]>) -> Self {
        let ProjectRoutes { project, team, budget, environment, routes, hosts: _ } = routes;
        let routes = routes.into_iter().map(|route| {
            let (method, host, path) = (route.method, route.host, route.path);
            (RoutePattern { method, host, path }, route.function)
        });
        Self { id: project, team, budget, environment, routes: routes.collect(), hosts }
    }

    /// Where a request of that method and percent-encoded path leads within the project, on that
    /// host of it.
    pub fn find(
        &self,
        host: &Hostname,
        method: &str,
        path: &str,
    ) -> Match<'_, Arc<FunctionTarget>> {
        self.routes.find(host, method, path)
    }
}

/// The project a host leads to.
#[derive(Debug)]
pub struct Hosted<'t> {
    /// The project.
    pub project: &'t Arc<Project>,
    /// What the claim's pattern captured of the host: name and label.
    pub host_param: Option<(String, String)>,
}

impl RouteTable {
    /// The table that a change leads to. Of two projects with one host the first that has it keeps
    /// it: the source gives a host to one.
    #[must_use]
    pub fn with(&self, delta: RouteDelta) -> Self {
        let mut table = if delta.whole { Self::default() } else { self.clone() };
        table.generation = Some(delta.generation);
        // All that goes before anything comes: a host may move from one to the other.
        let changed = delta.projects.iter().map(|project| &project.project);
        for project in delta.gone.iter().chain(changed) {
            table.remove(*project);
        }
        for project in delta.projects {
            table.insert(project);
        }
        table
    }

    fn remove(&mut self, project: ProjectId) {
        let Some(project) = self.projects.remove(&project) else { return };
        for host in &project.hosts {
            match host {
                Host::Exact(name) if self.holds(name, &project) => drop(self.exact.remove(name)),
                Host::Below(base) if self.holds_below(base, &project) => {
                    drop(self.below.remove(base));
                }
                Host::Exact(_) | Host::Below(_) => {}
            }
        }
    }

    fn holds(&self, name: &str, project: &Arc<Project>) -> bool {
        self.exact.get(name).is_some_and(|own| Arc::ptr_eq(own, project))
    }

    fn holds_below(&self, base: &str, project: &Arc<Project>) -> bool {
        self.below.get(base).is_some_and(|own| Arc::ptr_eq(&own.project, project))
    }

    fn insert(&mut self, mut routes: ProjectRoutes) {
        let patterns = std::mem::take(&mut routes.hosts);
        let host = |pattern: &HostPattern| {
            let base = pattern.base().as_str().into();
            match pattern {
                HostPattern::Exact(_) => Host::Exact(base),
                HostPattern::Wildcard(_) | HostPattern::Captured { .. } => Host::Below(base),
            }
        };
        let hosts = patterns.iter().map(host).collect();
        let project = Arc::new(Project::new(routes, hosts));
        for (host, pattern) in project.hosts.iter().zip(&patterns) {
            let own = Arc::clone(&project);
            match host {
                Host::Exact(name) if self.exact.get(name).is_none() => {
                    self.exact.insert(Arc::clone(name), own);
                }
                Host::Below(base) if self.below.get(base).is_none() => {
                    let param = match pattern {
                        HostPattern::Captured { param, .. } => Some(param.as_str().into()),
                        HostPattern::Exact(_) | HostPattern::Wildcard(_) => None,
                    };
                    self.below.insert(Arc::clone(base), Below { project: own, param });
                }
                Host::Exact(_) | Host::Below(_) => {}
            }
        }
        self.projects.insert(project.id, project);
    }

    /// The generation of the state it is; `None` before the first.
    pub fn generation(&self) -> Option<u64> {
        self.generation
    }

    /// How many hosts and host patterns it knows.
    pub fn len(&self) -> usize {
        self.exact.len() + self.below.len()
    }

    /// Whether it knows no host.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The project a host leads to: by its exact name, else by the pattern one label above. A
    /// wildcard stands for one label, so there is at most one that fits.
    pub fn host(&self, host: &Hostname) -> Option<Hosted<'_>> {
        if let Some(project) = self.exact.get(host.as_str()) {
            return Some(Hosted { project, host_param: None });
        }
        let (label, base) = host.as_str().split_once('.')?;
        let below = self.below.get(base)?;
        let captured = |name: &str| (name.to_owned(), label.to_owned());
        Some(Hosted { project: &below.project, host_param: below.param.as_deref().map(captured) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use croft_model::{id::Id, limits::Limits};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn project(n: u8, hosts: &[&str]) -> ProjectRoutes {
        ProjectRoutes {
            project: Id::from_uuid(Uuid::from_u128(n.into())),
            team: Id::from_uuid(Uuid::from_u128(0)),
            hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
            budget: Budget::from_limits(&Limits::default()),
            environment: Arc::default(),
            routes: vec![],
        }
    }

    const PATTERNS: [&str; 6] =
        ["a.s.test", "b.s.test", "*.s.test", "{x}.t.test", "a.t.test", "s.test"];
    const HOSTS: [&str; 6] = ["a.s.test", "b.s.test", "c.s.test", "a.t.test", "b.t.test", "s.test"];

    /// What each host leads to, and by which captured label.
    fn said(table: &RouteTable) -> Vec<String> {
        let ask = |host: &&str| {
            let hosted = table.host(&host.parse().unwrap());
            format!("{:?}", hosted.map(|hosted| (hosted.project.id, hosted.host_param)))
        };
        HOSTS.iter().map(ask).collect()
    }

    fn whole(owners: &BTreeMap<usize, u8>, known: &[u8]) -> RouteDelta {
        let of = |n: u8| {
            let own = owners.iter().filter(move |(_, owner)| **owner == n);
            project(n, &own.map(|(pattern, _)| PATTERNS[*pattern]).collect::<Vec<_>>())
        };
        let projects = known.iter().map(|n| of(*n)).collect();
        RouteDelta { generation: 1, whole: true, projects, gone: vec![] }
    }

    proptest! {
        /// Changes one after another lead to the table that is made at once of what they lead to:
        /// hosts that move between projects, projects that come, go and come again.
        #[test]
        fn changes_lead_where_a_whole_leads(
            steps in proptest::collection::vec((0..PATTERNS.len(), 0..4_u8, any::<bool>()), 1..40),
        ) {
            let (mut table, mut owners) = (RouteTable::default(), BTreeMap::new());
            for (generation, (pattern, to, goes)) in steps.into_iter().enumerate() {
                let mut changed = vec![to];
                if goes {
                    owners.retain(|_, owner| *owner != to);
                } else {
                    changed.extend(owners.insert(pattern, to));
                }
                changed.sort_unstable();
                changed.dedup();
                let RouteDelta { projects, .. } = whole(&owners, &changed);
                let (gone, projects) = projects
                    .into_iter()
                    .partition::<Vec<_>, _>(|p| goes && p.hosts.is_empty());
                let gone = gone.into_iter().map(|project| project.project).collect();
                let generation = generation as u64;
                let before = said(&table);
                let next = table.with(RouteDelta { generation, whole: false, projects, gone });
                prop_assert_eq!(said(&table), before, "a table does not change");
                let known: Vec<u8> = (0..4).collect();
                let once = table.with(whole(&owners, &known));
                prop_assert_eq!(said(&next), said(&once));
                prop_assert_eq!(next.len(), once.len());
                prop_assert_eq!(next.generation(), Some(generation));
                table = next;
            }
        }
    }

    #[test]
    fn what_did_not_change_is_the_same_and_not_a_copy() {
        let projects = vec![project(1, &["a.test"]), project(2, &["b.test", "*.b.test"])];
        let delta = RouteDelta { generation: 1, whole: true, projects, gone: vec![] };
        let first = RouteTable::default().with(delta);
        let projects = vec![project(1, &["c.test"])];
        let second = first.with(RouteDelta { generation: 2, projects, ..RouteDelta::default() });
        let at = |table: &RouteTable, host: &str| {
            table.host(&host.parse().unwrap()).map(|hosted| Arc::clone(hosted.project))
        };
        for host in ["b.test", "x.b.test"] {
            assert!(Arc::ptr_eq(&at(&first, host).unwrap(), &at(&second, host).unwrap()));
        }
        assert!(at(&second, "a.test").is_none() && at(&second, "c.test").is_some());
        assert!(at(&first, "a.test").is_some() && at(&first, "c.test").is_none());
    }
}
