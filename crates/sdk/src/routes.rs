//! Routes of a project, and what would come of one.

use std::collections::BTreeMap;

use croft_model::{
    domain::HostPattern,
    host::Hostname,
    id::RouteId,
    name::FunctionName,
    route::{Method, PathPattern},
};
use serde::{Deserialize, Serialize};

/// A route and the function that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FunctionRoute {
    /// Its id.
    pub id: RouteId,
    /// The method, or `*`.
    pub method: Method,
    /// The hosts it is for; all of the project's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub host: Option<HostPattern>,
    /// The path pattern.
    pub path: PathPattern,
    /// The function's name.
    pub function: FunctionName,
    /// Where it answers, with the names of parameters as they are written.
    pub url: String,
}

/// What would come of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RouteCheck {
    /// Why it cannot be; nothing when it can.
    pub problems: Vec<RouteProblem>,
    /// The domain without whose proof it leads nowhere yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub pending: Option<HostPattern>,
    /// Routes that could answer some of the same requests.
    pub overlaps: Vec<RouteOverlap>,
}

/// Why a route cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RouteProblem {
    /// `conflict`, `host_not_claimed` or `reserved`.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A route that could answer some of the same requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RouteOverlap {
    /// The route that is there.
    pub route: FunctionRoute,
    /// Whether it would go on to answer them; otherwise the new one would.
    pub wins: bool,
}

/// A request that nobody has made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MatchRoute {
    /// Its method.
    #[cfg_attr(feature = "schema", schema(value_type = String, max_length = 32))]
    pub method: String,
    /// The host asked; the project's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Hostname>,
    /// Its path, percent-encoded, without a query.
    #[cfg_attr(feature = "schema", schema(max_length = 8192, pattern = "^/"))]
    pub path: String,
}

/// Where a request would lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RouteMatch {
    /// Where, in one word.
    pub outcome: MatchOutcome,
    /// The same as a sentence.
    pub message: String,
    /// The host that it is about.
    pub host: Hostname,
    /// The route that takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub route: Option<FunctionRoute>,
    /// What its path parameters are then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// What the host's pattern captured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub host_params: BTreeMap<String, String>,
    /// Methods that the path has routes for, when it has none for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// What was tried on the way, a sentence each, the first 200; only when explained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// Where a request leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchOutcome {
    /// To a function.
    Function,
    /// The path has routes, for other methods only.
    MethodNotAllowed,
    /// No route takes it.
    NotFound,
    /// To Croft itself.
    Reserved,
    /// The host is claimed and not proven.
    PendingDomain,
    /// The host is not this project's.
    OtherHost,
}
