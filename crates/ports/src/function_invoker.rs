//! Running a function somewhere that is not here.

use std::{fmt, net::IpAddr, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
pub use croft_model::function::LogLevel;
use croft_model::{
    function::{Budget, Exceeded, OutcomeKind},
    id::{FunctionId, ProjectId, RequestId, VersionId},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

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
    /// The variables and secrets it sees: its project's, for production.
    pub environment: Arc<FunctionEnvironment>,
    /// What it is asked.
    pub request: CallRequest,
}

/// The variables and secrets a project's functions see. Its `Debug` shows no value, and values are
/// wiped when it goes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionEnvironment {
    /// Tells environments of one project apart: two of one digest hold the same. An executor
    /// process is sent each only once.
    pub digest: [u8; 16],
    /// Names and values, sorted by name.
    pub values: Vec<(String, Zeroizing<String>)>,
}

impl fmt::Debug for FunctionEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter().map(|(name, _)| (name, "***"))).finish()
    }
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

    /// The HTTP status its caller is answered with, wherever the call came from.
    pub fn status(&self) -> u16 {
        match self {
            Self::Returned(answer) => answer.status,
            Self::Exceeded(Exceeded::Time) => 504,
            Self::Threw(_) | Self::Denied(_) | Self::Exceeded(_) => 500,
            Self::Unavailable(_) => 503,
        }
    }

    /// What the project's members are told beside the kind; nothing of an answer. `time_ms` is what
    /// the call's budget gave it.
    pub fn problem(&self, time_ms: u64) -> Option<ScriptError> {
        let text = match self {
            Self::Returned(_) => return None,
            Self::Threw(error) => return Some(error.clone()),
            Self::Exceeded(Exceeded::Time) => {
                format!("the call did not end within its {time_ms} ms")
            }
            Self::Exceeded(Exceeded::Memory) => "the call held too much memory".to_owned(),
            Self::Exceeded(Exceeded::Operations) => "the call took too many steps".to_owned(),
            Self::Exceeded(Exceeded::Depth) => "calls within calls went too deep".to_owned(),
            Self::Exceeded(Exceeded::Size) => "an answer or a value was too large".to_owned(),
            Self::Denied(what) => format!("the function may not use {what}"),
            // What it means is the operator's; members learn that it was not their function.
            Self::Unavailable(_) => "Croft could not run the function".to_owned(),
        };
        Some(ScriptError::of(text))
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

/// What an answer may have of header fields, and of bytes in them.
const ANSWER_FIELDS_MAX: usize = 128;
const ANSWER_BYTES_MAX: usize = 64 * 1024;

impl CallResponse {
    /// Why it cannot be sent, if it cannot: that is an error of the function's.
    pub fn fault(&self) -> Option<&'static str> {
        let bytes: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if !(200..600).contains(&self.status) {
            Some("the answer's status must be 200 to 599")
        } else if self.headers.len() > ANSWER_FIELDS_MAX || bytes > ANSWER_BYTES_MAX {
            Some("the answer has more than 128 header fields or 64 KiB of them")
        } else {
            None
        }
    }

    /// Whether answers of its status have a body (RFC 9110, 15).
    pub fn has_body(&self) -> bool {
        !matches!(self.status, 204 | 205 | 304)
    }
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
    /// The script's functions that were being called, innermost first; bounded by the executor.
    pub stack: Vec<StackFrame>,
}

impl ScriptError {
    /// One that is nowhere in the script.
    pub fn of(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None, column: None, stack: Vec::new() }
    }
}

/// `MESSAGE (line 3, column 5)`.
impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, " (line {line}, column {column})"),
            (Some(line), None) => write!(f, " (line {line})"),
            (None, _) => Ok(()),
        }
    }
}

/// One call within a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFrame {
    /// The name of the script's function.
    pub function: String,
    /// Where it was called: the line, from 1, if known.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_told() {
        let answer = |status, fields: usize, value: &str| {
            let headers = vec![("x-a".to_owned(), value.to_owned()); fields];
            CallResponse { status, headers, body: Bytes::new() }.fault()
        };
        assert_eq!(answer(200, ANSWER_FIELDS_MAX, "b"), None);
        assert!(answer(200, ANSWER_FIELDS_MAX + 1, "b").is_some());
        assert!(answer(200, 1, &"b".repeat(ANSWER_BYTES_MAX)).is_some());
        assert_eq!(
            [199, 200, 599, 600].map(|s| answer(s, 0, "").is_some()),
            [true, false, false, true]
        );
    }
}
