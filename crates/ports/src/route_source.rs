//! What the edge knows about the world: once everything, then what changed.

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

/// Gives all that the edge routes by.
#[async_trait]
pub trait RouteSource: Send + Sync + 'static {
    /// What is different from that generation, as of one moment; everything when there is none, or
    /// when it is not known any more what that generation was.
    async fn read(&self, since: Option<u64>) -> Result<RouteDelta, SourceUnavailable>;

    /// Changes when there may be something new to read. A hint: the edge also looks by itself
    /// every few seconds.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Told by the edge: it routes by that generation from now on. A hint too, for whoever waits to
    /// see their change in force.
    fn in_force(&self, _generation: u64) {}
}

/// The source could not be read; what was read before stays in force.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the route source cannot be read: {0}")]
pub struct SourceUnavailable(pub String);

/// What leads from one state of all routes to a later one.
#[derive(Debug, Clone, Default)]
pub struct RouteDelta {
    /// The later state's. Grows with every change.
    pub generation: u64,
    /// Whether `projects` are all there are, whatever was before.
    pub whole: bool,
    /// Projects that are new or different, as they are now.
    pub projects: Vec<ProjectRoutes>,
    /// Projects that are there no more.
    pub gone: Vec<ProjectId>,
}

impl RouteDelta {
    /// Whether it leads nowhere: both states are one.
    pub fn is_empty(&self) -> bool {
        !self.whole && self.projects.is_empty() && self.gone.is_empty()
    }
}

/// A project as the edge routes by it.
#[derive(Debug, Clone)]
pub struct ProjectRoutes {
    /// The project.
    pub project: ProjectId,
    /// Its team.
    pub team: TeamId,
    /// The hosts that lead to it: its own and its proven claims. No other project has one of them.
    pub hosts: Vec<HostPattern>,
    /// What its calls may use.
    pub budget: Budget,
    /// What its functions see of its variables and secrets; nothing when it has no routes.
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
