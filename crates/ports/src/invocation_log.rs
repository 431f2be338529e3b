//! Where calls of functions are written down.

use std::sync::{Arc, Mutex, PoisonError};

use croft_model::{
    function::{OutcomeKind, Trigger},
    id::{FunctionId, ProjectId, RequestId, TeamId},
};
use time::OffsetDateTime;

use tokio::time::Instant;

use crate::function_invoker::{Call, LogLine, ScriptError};

/// Bytes of a path that are written down.
const PATH_KEPT: usize = 512;
/// What is written down for a call whose client went away; nginx's number for it.
const CLIENT_GONE: u16 = 499;

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

/// A call that is being made: its line is written when it ends, or when it is dropped before.
pub struct Unfinished<'a> {
    log: &'a dyn InvocationLog,
    began: Instant,
    /// Taken when it is written.
    invocation: Option<Invocation>,
}

impl<'a> Unfinished<'a> {
    /// The call begins. `at` is when its request came in.
    pub fn new(
        log: &'a dyn InvocationLog,
        team: TeamId,
        trigger: Trigger,
        call: &Call,
        at: OffsetDateTime,
    ) -> Self {
        let (request, path) = (&call.request, &call.request.path);
        let invocation = Invocation {
            team,
            project: call.project,
            function: call.function,
            request: request.id,
            trigger,
            at,
            method: request.method.clone(),
            path: path[..path.floor_char_boundary(PATH_KEPT)].to_owned(),
            status: CLIENT_GONE,
            outcome: OutcomeKind::Unavailable,
            duration_us: 0,
            error: None,
            log: Vec::new(),
        };
        Self { log, began: Instant::now(), invocation: Some(invocation) }
    }

    /// The call has ended, with this status, outcome, microseconds and log.
    pub fn finish(
        mut self,
        status: u16,
        outcome: OutcomeKind,
        duration_us: u64,
        error: Option<ScriptError>,
        log: Vec<LogLine>,
    ) {
        if let Some(invocation) = self.invocation.take() {
            self.log.record(Invocation { status, outcome, duration_us, error, log, ..invocation });
        }
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(mut invocation) = self.invocation.take() {
            let took = self.began.elapsed().as_micros();
            invocation.duration_us = u64::try_from(took).unwrap_or(u64::MAX);
            invocation.error = Some(ScriptError::of("the client went away before the answer"));
            self.log.record(invocation);
        }
    }
}

impl std::fmt::Debug for Unfinished<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unfinished").field("invocation", &self.invocation).finish_non_exhaustive()
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
