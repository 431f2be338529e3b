//! The route table: a snapshot made quick to ask. Immutable; a new one replaces it whole.

use std::{collections::HashMap, sync::Arc};

use croft_model::{
    domain::HostPattern,
    function::Budget,
    host::Hostname,
    id::{ProjectId, TeamId},
    route::{Match, RoutePattern, Tree},
};
use croft_ports::{
    function_invoker::FunctionEnvironment,
    route_source::{FunctionTarget, ProjectRoutes, RouteSnapshot},
};

/// Everything the edge routes by, ready to be asked without a lock or a query.
#[derive(Debug, Default)]
pub struct RouteTable {
    /// Of the snapshot it was made from; `None` before the first.
    generation: Option<u64>,
    exact: HashMap<Box<str>, Arc<Project>>,
    /// By what follows the first dot.
    below: HashMap<Box<str>, Below>,
}

#[derive(Debug)]
struct Below {
    project: Arc<Project>,
    /// The name under which the first label is given to functions.
    param: Option<Box<str>>,
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
}

impl Project {
    fn new(routes: &ProjectRoutes) -> Self {
        let each = routes.routes.iter().map(|route| {
            let (method, host, path) =
                (route.method.clone(), route.host.clone(), route.path.clone());
            (RoutePattern { method, host, path }, Arc::clone(&route.function))
        });
        Self {
            id: routes.project,
            team: routes.team,
            budget: routes.budget,
            environment: Arc::clone(&routes.environment),
            routes: each.collect(),
        }
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
    /// The table of a snapshot. Of two hosts of one shape the first wins; a host whose project the
    /// snapshot does not hold leads nowhere.
    pub fn new(snapshot: &RouteSnapshot) -> Self {
        let projects: HashMap<ProjectId, Arc<Project>> =
            snapshot.projects.iter().map(|p| (p.project, Arc::new(Project::new(p)))).collect();
        let mut table = Self { generation: Some(snapshot.generation), ..Self::default() };
        for host in &snapshot.hosts {
            let Some(project) = projects.get(&host.project).map(Arc::clone) else {
                continue;
            };
            let base = host.pattern.base().as_str().into();
            let param = match &host.pattern {
                HostPattern::Exact(_) => {
                    table.exact.entry(base).or_insert(project);
                    continue;
                }
                HostPattern::Wildcard(_) => None,
                HostPattern::Captured { param, .. } => Some(param.as_str().into()),
            };
            table.below.entry(base).or_insert(Below { project, param });
        }
        table
    }

    /// The generation of the snapshot it was made from; `None` before the first.
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
