//! Running a function somewhere that is not here.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use croft_model::{
    function::{Budget, Exceeded, OutcomeKind},
    id::{FunctionId, ProjectId, RequestId, VersionId},
};
use serde::{Deserialize, Serialize};

/// Runs functions. Implemented by the pool of executor processes and, in split roles, over HTTP.
#[async_trait]
pub trait FunctionInvoker: Send + Sync + 'static {
    /// Runs one call to its end. Never fails as such: what went wrong is an [`Outcome`]. Returns
    /// within the budget's time and a little more.
    async fn invoke(&self, call: Call) -> Done;

    /// Compiles a source without running it.
    async fn check(&self, project: ProjectId, source: Arc<str>) -> Result<(), CheckError>;
}

/// One call, with all it needs.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose it is; processes are leased to one project at a time.
    pub project: ProjectId,
    /// Which function.
    pub function: FunctionId,
    /// Its name, for `ctx`.
    pub name: Arc<str>,
    /// Which text of it; compiled scripts are kept by this.
    pub version: VersionId,
    /// The text.
    pub source: Arc<str>,
    /// What it may use.
    pub budget: Budget,
    /// What it is asked.
    pub request: CallRequest,
}

/// The HTTP request as a function sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequest {
    /// The request's id, also in logs and in the answer's `croft-request-id`.
    pub id: RequestId,
    /// The method, in capitals.
    pub method: String,
    /// The host asked for, without port.
    pub host: String,
    /// The path, percent-encoded as it came.
    pub path: String,
    /// What follows the `?`, as it came; empty when there was none.
    pub query: String,
    /// Path parameters, decoded.
    pub params: Vec<(String, String)>,
    /// Host parameters.
    pub host_params: Vec<(String, String)>,
    /// Header fields in order, names in lower case. Values that are not UTF-8 are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The client's address.
    pub client: IpAddr,
}

/// A call that ended.
#[derive(Debug, Clone)]
pub struct Done {
    /// How.
    pub outcome: Outcome,
    /// What it logged, in order, bounded by the executor.
    pub log: Vec<LogLine>,
    /// Microseconds from being begun by a process to the outcome.
    pub duration_us: u64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It answered.
    Returned(CallResponse),
    /// The script raised an error.
    Threw(ScriptError),
    /// It ran into a bound.
    Exceeded(Exceeded),
    /// It used a capability it was not given.
    Denied(String),
    /// Croft could not run it; the text is for the log.
    Unavailable(String),
}

impl Outcome {
    /// Its kind, by which counts are kept.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Returned(_) => OutcomeKind::Returned,
            Self::Threw(_) => OutcomeKind::Threw,
            Self::Exceeded(_) => OutcomeKind::Exceeded,
            Self::Denied(_) => OutcomeKind::Denied,
            Self::Unavailable(_) => OutcomeKind::Unavailable,
        }
    }
}

/// What a function answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallResponse {
    /// The status, 200 to 599.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// An error in a script, where it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptError {
    /// What went wrong, in the engine's or script's words.
    pub message: String,
    /// The line, from 1, if known.
    pub line: Option<u32>,
    /// The column, from 1, if known.
    pub column: Option<u32>,
}

/// Why a source was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// It does not compile.
    #[error("the source does not compile: {}", .0.message)]
    Script(ScriptError),
    /// No executor could look at it; try again.
    #[error("no executor is available: {0}")]
    Unavailable(String),
}

/// A line a function logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: LogLevel,
    /// The text, cut by the executor.
    pub text: String,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the author while looking for something.
    Debug,
    /// Worth knowing.
    Info,
    /// Odd.
    Warn,
    /// Wrong.
    Error,
}
