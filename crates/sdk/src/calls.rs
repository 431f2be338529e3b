//! Trying a function without a route.

use croft_model::function::OutcomeKind;
use serde::{Deserialize, Serialize};

use crate::invocations::{InvocationError, InvocationLogLine};

/// A request that a function is tried with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestFunction {
    /// The method; `GET` when left out.
    #[serde(default = "get")]
    pub method: String,
    /// The path with its first slash, percent-encoded; `/` when left out.
    #[serde(default = "root")]
    pub path: String,
    /// What follows the `?`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Names and values of header fields, in order; at most 128 of 32 KiB together.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// Whether `body` is written in base64.
    #[serde(default)]
    pub base64: bool,
    /// A text to be run instead of the active version, without being deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

impl Default for TestFunction {
    fn default() -> Self {
        Self {
            method: get(),
            path: root(),
            query: None,
            headers: Vec::new(),
            body: String::new(),
            base64: false,
            source: None,
        }
    }
}

/// How a function answered when it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FunctionTest {
    /// The status: the function's, or what whoever calls it would get instead of its answer.
    pub status: u16,
    /// Names and values of the header fields that the function set, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// Whether `body` is written in base64, since it is no UTF-8.
    pub base64: bool,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub error: Option<InvocationError>,
    /// What it logged, in order.
    pub log: Vec<InvocationLogLine>,
}
