//! One thing asked of the pool, with the way back to who asked.

use std::{sync::Arc, time::Duration};

use croft_ports::function_invoker::{Call, CheckError, Done, Outcome, ScriptError};
use tokio::sync::oneshot;

use crate::frame::{self, FrameError, MAX_LANES, OrderRef, Parts, RunRef};

/// A call or a check.
#[derive(Debug)]
pub(super) enum Job {
    Run { call: Box<Call>, reply: oneshot::Sender<Done> },
    Check { source: Arc<str>, reply: oneshot::Sender<Result<(), CheckError>> },
}

/// A call that never began.
pub(super) fn not_run(reason: &str) -> Done {
    Done { outcome: Outcome::Unavailable(reason.to_owned()), log: Vec::new(), duration_us: 0 }
}

impl Job {
    /// Ends it with what the executor said of a call.
    pub(super) fn done(self, done: Done) {
        match self {
            // Nobody may be waiting any more; then nobody is told.
            Self::Run { reply, .. } => drop(reply.send(done)),
            Self::Check { .. } => self.checked(None),
        }
    }

    /// Ends it with what the executor said of a source.
    pub(super) fn checked(self, error: Option<ScriptError>) {
        match self {
            Self::Check { reply, .. } => {
                drop(reply.send(error.map_or(Ok(()), |e| Err(CheckError::Script(e)))));
            }
            Self::Run { .. } => self.fail(Outcome::Unavailable(
                "the executor answered a call as if it were a check".to_owned(),
            )),
        }
    }

    /// Ends it with an outcome of the pool's own, after it ran for so long.
    pub(super) fn fail_after(self, outcome: Outcome, ran: Duration) {
        match self {
            Self::Run { reply, .. } => {
                let duration_us = u64::try_from(ran.as_micros()).unwrap_or(u64::MAX);
                drop(reply.send(Done { outcome, log: Vec::new(), duration_us }));
            }
            Self::Check { reply, .. } => {
                let reason = match outcome {
                    Outcome::Unavailable(reason) => reason,
                    other => format!("compiling ended {}", other.kind().as_str()),
                };
                drop(reply.send(Err(CheckError::Unavailable(reason))));
            }
        }
    }

    /// Ends it with an outcome of the pool's own; it never ran.
    pub(super) fn fail(self, outcome: Outcome) {
        self.fail_after(outcome, Duration::ZERO);
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        match self {
            Self::Run { reply, .. } => reply.is_closed(),
            Self::Check { reply, .. } => reply.is_closed(),
        }
    }

    /// Jobs of its project beside which it may run.
    pub(super) fn concurrency(&self) -> usize {
        match self {
            Self::Run { call, .. } => {
                usize::try_from(call.budget.concurrency).unwrap_or(usize::MAX).max(1)
            }
            Self::Check { .. } => usize::from(MAX_LANES),
        }
    }

    /// What it may hold in memory, in bytes. Compiling takes little.
    pub(super) fn memory_bytes(&self) -> u64 {
        match self {
            Self::Run { call, .. } => call.budget.memory_bytes,
            Self::Check { .. } => 0,
        }
    }

    /// Appends the order to run it, with those parts that the process was not sent yet.
    pub(super) fn write(
        &self,
        buffer: &mut Vec<u8>,
        lane: u8,
        left: Duration,
        parts: Parts,
    ) -> Result<(), FrameError> {
        let order = match self {
            Self::Check { source, .. } => OrderRef::Check { lane, source },
            Self::Run { call, .. } => OrderRef::Run(run_of(call, lane, left, parts)),
        };
        frame::push(buffer, &order)
    }
}

fn run_of(call: &Call, lane: u8, left: Duration, parts: Parts) -> RunRef<'_> {
    let request = &call.request;
    RunRef {
        lane,
        version: *call.version.uuid().as_bytes(),
        source: parts.source.then_some(&*call.source),
        digest: call.environment.digest,
        environment: parts.environment.then_some(&*call.environment),
        time_us: u64::try_from(left.as_micros()).unwrap_or(u64::MAX),
        budget: call.budget,
        project: *call.project.uuid().as_bytes(),
        name: &call.name,
        request: *request.id.uuid().as_bytes(),
        method: &request.method,
        host: &request.host,
        path: &request.path,
        query: &request.query,
        params: &request.params,
        host_params: &request.host_params,
        headers: &request.headers,
        body: &request.body,
        client: request.client,
    }
}
