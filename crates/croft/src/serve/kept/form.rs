//! A project's routes as they are kept: what the edge routes by, in postcard, a function's text once
//! however many routes lead to it.

use std::{collections::HashMap, sync::Arc};

use croft_model::{
    domain::HostPattern,
    function::Budget,
    id::{FunctionId, ProjectId, TeamId, VersionId},
    route::{Method, PathPattern},
};
use croft_ports::{
    function_invoker::FunctionEnvironment,
    route_source::{FunctionRoute, FunctionTarget, ProjectRoutes},
};
use serde::{Deserialize, Serialize};

/// Changes whenever anything in this file, or in a type that it names, is written otherwise than
/// before: a kept state of another version is not read.
pub(super) const VERSION: u32 = 1;

/// What stands before all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The state's.
    pub(super) generation: u64,
    /// When it was written, in seconds since 1970.
    pub(super) at: i64,
    /// How many projects follow.
    pub(super) projects: u64,
}

/// A project. Texts and environments are shared with the edge's table; the rest is held as it is
/// written, which is a third of what it takes otherwise.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Project {
    id: ProjectId,
    team: TeamId,
    budget: Budget,
    environment: Arc<FunctionEnvironment>,
    functions: Box<[Function]>,
    /// [`Paths`].
    paths: Box<[u8]>,
}

/// What leads to its functions.
#[derive(Debug, Serialize, Deserialize)]
struct Paths {
    hosts: Vec<HostPattern>,
    routes: Vec<Route>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Function {
    id: FunctionId,
    name: Arc<str>,
    version: VersionId,
    source: Arc<str>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Route {
    host: Option<HostPattern>,
    method: Method,
    path: PathPattern,
    /// Which of the project's functions.
    function: u32,
}

impl Project {
    /// Of what the edge is given.
    pub(super) fn of(project: &ProjectRoutes) -> postcard::Result<Self> {
        let (mut functions, mut places) = (Vec::new(), HashMap::new());
        let routes = project.routes.iter().map(|route| {
            let target = &route.function;
            let function = *places.entry(target.version).or_insert_with(|| {
                functions.push(Function::of(target));
                u32::try_from(functions.len() - 1).unwrap_or(u32::MAX)
            });
            let (host, method, path) = (&route.host, &route.method, &route.path);
            Route { host: host.clone(), method: method.clone(), path: path.clone(), function }
        });
        let paths = Paths { routes: routes.collect(), hosts: project.hosts.clone() };
        Ok(Self {
            id: project.project,
            team: project.team,
            budget: project.budget,
            environment: Arc::clone(&project.environment),
            paths: postcard::to_stdvec(&paths)?.into(),
            functions: functions.into(),
        })
    }

    /// What the edge is given; `None` when that cannot be read, or a route names no function.
    pub(super) fn routes(self) -> Option<ProjectRoutes> {
        let Self { id, team, budget, environment, functions, paths } = self;
        let Paths { hosts, routes } = postcard::from_bytes(&paths).ok()?;
        let functions: Vec<_> = functions.into_iter().map(|f| Arc::new(f.target())).collect();
        let route = |route: Route| {
            let function = functions.get(usize::try_from(route.function).ok()?)?;
            let Route { host, method, path, .. } = route;
            Some(FunctionRoute { host, method, path, function: Arc::clone(function) })
        };
        let routes = routes.into_iter().map(route).collect::<Option<_>>()?;
        Some(ProjectRoutes { project: id, team, hosts, budget, environment, routes })
    }
}

impl Function {
    fn of(target: &FunctionTarget) -> Self {
        let FunctionTarget { function, name, version, source } = target;
        let (name, source) = (Arc::clone(name), Arc::clone(source));
        Self { id: *function, name, version: *version, source }
    }

    fn target(self) -> FunctionTarget {
        let Self { id, name, version, source } = self;
        FunctionTarget { function: id, name, version, source }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use croft_model::{id::Id, limits::Limits};
    use uuid::Uuid;
    use zeroize::Zeroizing;

    use super::*;

    fn id<K: croft_model::id::Kind>(n: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    /// A project with two routes to one function, and a secret.
    pub(in super::super) fn project(n: u128) -> ProjectRoutes {
        let function = Arc::new(FunctionTarget {
            function: id(n + 1_000_000),
            name: "hello".into(),
            version: id(n + 2_000_000),
            source: format!("\"Hello from {n}\"").into(),
        });
        let route = |host: Option<&str>, method: &str, path: &str| FunctionRoute {
            host: host.map(|host| host.parse().unwrap()),
            method: Method::try_from(method.to_owned()).unwrap(),
            path: path.parse().unwrap(),
            function: Arc::clone(&function),
        };
        let values = vec![("KEY".to_owned(), Zeroizing::new(format!("quince-{n}")))];
        ProjectRoutes {
            project: id(n),
            team: id(7),
            hosts: vec![
                format!("p{n}.test").parse().unwrap(),
                format!("{{who}}.p{n}.test").parse().unwrap(),
            ],
            budget: Budget::from_limits(&Limits::default()),
            environment: Arc::new(FunctionEnvironment { digest: [3; 16], values }),
            routes: vec![
                route(None, "GET", "/hello/:name"),
                route(Some("a.p.test"), "*", "/*rest"),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let project = project(1);
        let bytes = postcard::to_stdvec(&Project::of(&project).unwrap()).unwrap();
        let text = project.routes[0].function.source.as_bytes();
        let times = bytes.windows(text.len()).filter(|part| *part == text).count();
        assert_eq!(times, 1, "a text is written once");
        let read: Project = postcard::from_bytes(&bytes).unwrap();
        let read = read.routes().unwrap();
        assert_eq!(format!("{read:?}"), format!("{project:?}"));
        assert_eq!(read.environment, project.environment, "values, too");
    }

    /// When this fails, what is written has changed: count [`VERSION`] up, and write the new length
    /// and sum down here.
    #[test]
    fn the_form_is_that_of_its_version() {
        let bytes = postcard::to_stdvec(&Project::of(&project(1)).unwrap()).unwrap();
        let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
        assert_eq!((VERSION, bytes.len(), sum), (1, 255, 4_336_359_120_803_156_863));
    }
}
