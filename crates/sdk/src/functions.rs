//! Functions and their routes.

use croft_model::{
    domain::HostPattern,
    id::{FunctionId, RouteId, VersionId},
    name::FunctionName,
    route::{Method, PathPattern},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A function with its active version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Function {
    /// Its id.
    pub id: FunctionId,
    /// Its name within the project.
    pub name: FunctionName,
    /// The active version.
    pub version_id: VersionId,
    /// The active version's number, from 1.
    pub version: i64,
    /// The active version's text; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub source: Option<String>,
    /// What leads to it.
    pub routes: Vec<Route>,
    /// Where its first route answers; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub url: Option<String>,
    /// When the active version was deployed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub deployed_at: OffsetDateTime,
}

/// A method and path that lead to a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Route {
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
}

/// Deploys a function: a new one, or a new version of the one of that name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployFunction {
    /// The text.
    pub source: String,
    /// Its routes from now on; those it has stay when left out.
    #[serde(default)]
    pub routes: Option<Vec<NewRoute>>,
}

/// A route to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRoute {
    /// The method, or `*`.
    pub method: Method,
    /// The hosts it is for; all of the project's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub host: Option<HostPattern>,
    /// The path pattern.
    pub path: PathPattern,
}

/// One immutable text that a function has or had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FunctionVersion {
    /// Its id.
    pub id: VersionId,
    /// Counts a function's versions, from 1.
    pub number: i64,
    /// Whether calls run it.
    pub active: bool,
    /// The text; left out in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The text's length in bytes.
    pub source_bytes: u64,
    /// When it was deployed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// Who deployed it, by name; absent for the seeded one and for people who are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// What changed between two versions of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    /// The number of the version before.
    pub from: i64,
    /// The number of the version after.
    pub to: i64,
    /// The change as a unified diff with three lines around it; empty when the texts are the same.
    pub unified: String,
}

/// A text to be looked at without being deployed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckSource {
    /// The text.
    pub source: String,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SourceCheck {
    /// What keeps it from being deployed; nothing when it compiles.
    pub problems: Vec<SourceProblem>,
}

/// Something wrong in a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SourceProblem {
    /// What is wrong.
    pub message: String,
    /// The line, from 1, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line itself, cut to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
