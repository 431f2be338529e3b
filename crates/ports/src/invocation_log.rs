//! Where calls of functions are written down.

use std::sync::{Arc, Mutex, PoisonError};

use croft_model::{
    function::{OutcomeKind, Trigger},
    id::{FunctionId, ProjectId, RequestId, TeamId},
};
use time::OffsetDateTime;

use crate::function_invoker::{LogLine, ScriptError};

/// Takes calls. Must not block and must not grow without bound: every call is counted, and what is
/// not kept as a line of its own is counted as left out.
pub trait InvocationLog: Send + Sync + 'static {
    /// Writes one call down, soon.
    fn record(&self, invocation: Invocation);
}

/// One call, for counts and lists.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The project's team.
    pub team: TeamId,
    /// The project.
    pub project: ProjectId,
    /// The function.
    pub function: FunctionId,
    /// The request that made it.
    pub request: RequestId,
    /// What called it.
    pub trigger: Trigger,
    /// When it came in.
    pub at: OffsetDateTime,
    /// Method, as asked.
    pub method: String,
    /// Path, as asked, cut to 512 bytes.
    pub path: String,
    /// The status that was answered.
    pub status: u16,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What went wrong, for members; what is not a script's has a message alone.
    pub error: Option<ScriptError>,
    /// What the function logged.
    pub log: Vec<LogLine>,
}

impl Invocation {
    /// Whether it did not do what was asked of it: it did not answer, or answered a server error.
    pub fn has_failed(&self) -> bool {
        self.outcome != OutcomeKind::Returned || self.status >= 500 || self.error.is_some()
    }
}

/// Keeps all in memory, for tests.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog(Arc<Mutex<Vec<Invocation>>>);

impl MemoryLog {
    /// Everything recorded so far.
    pub fn all(&self) -> Vec<Invocation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl InvocationLog for MemoryLog {
    fn record(&self, invocation: Invocation) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(invocation);
    }
}
