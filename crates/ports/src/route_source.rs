//! What the edge knows about the world: one snapshot, replaced whole.

use std::sync::Arc;

use async_trait::async_trait;
use croft_model::{
    domain::HostPattern,
    function::Budget,
    id::{FunctionId, ProjectId, TeamId, VersionId},
    route::{Method, PathPattern},
};
use tokio::sync::watch;

use crate::function_invoker::FunctionEnvironment;

/// Gives snapshots of all that the edge routes by.
#[async_trait]
pub trait RouteSource: Send + Sync + 'static {
    /// The state of things now.
    async fn snapshot(&self) -> Result<RouteSnapshot, SourceUnavailable>;

    /// Changes when there may be something new to load. A hint: the edge also looks by itself
    /// every few seconds.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// The source could not be read; the last snapshot stays in force.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the route source cannot be read: {0}")]
pub struct SourceUnavailable(pub String);

/// Everything the edge routes by, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct RouteSnapshot {
    /// Grows with every change of what follows.
    pub generation: u64,
    /// Proven claims and Croft's own addresses of projects.
    pub hosts: Vec<HostRoute>,
    /// Projects that a host leads to.
    pub projects: Vec<ProjectRoutes>,
}

/// A host that leads to a project.
#[derive(Debug, Clone)]
pub struct HostRoute {
    /// Which hosts.
    pub pattern: HostPattern,
    /// To whom.
    pub project: ProjectId,
}

/// One project's routes.
#[derive(Debug, Clone)]
pub struct ProjectRoutes {
    /// The project.
    pub project: ProjectId,
    /// Its team.
    pub team: TeamId,
    /// What its calls may use.
    pub budget: Budget,
    /// What its functions see of its variables and secrets.
    pub environment: Arc<FunctionEnvironment>,
    /// Its routes.
    pub routes: Vec<FunctionRoute>,
}

/// A method and path, on some or all of a project's hosts, that lead to a function's active version.
#[derive(Debug, Clone)]
pub struct FunctionRoute {
    /// The hosts it is for; all of the project's when there is none.
    pub host: Option<HostPattern>,
    /// The method.
    pub method: Method,
    /// The path.
    pub path: PathPattern,
    /// The function.
    pub function: Arc<FunctionTarget>,
}

/// A function ready to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionTarget {
    /// Which.
    pub function: FunctionId,
    /// Its name.
    pub name: Arc<str>,
    /// Its active version.
    pub version: VersionId,
    /// The text of that version.
    pub source: Arc<str>,
}
