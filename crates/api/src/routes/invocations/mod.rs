//! Calls of functions: a page of them, a stream that goes on, and counts of all.

mod wanted;
mod follow;
mod list;
mod counts;

use croft_app::functions::{
    LogLine, ScriptError, StackFrame,
    calls::{Gap, LoggedCall},
};
use croft_model::id::RequestId;
use croft_sdk::invocations::{
    Invocation, InvocationError, InvocationFrame, InvocationGap, InvocationLogLine,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(counts::counts))
}

/// A call as it is answered.
fn answer_call(call: LoggedCall) -> Invocation {
    Invocation {
        id: call.id,
        function: call.function,
        request_id: RequestId::from_uuid(call.request).to_string(),
        trigger: call.trigger,
        at: call.at,
        method: call.method,
        path: call.path,
        status: call.status,
        outcome: call.outcome,
        duration_us: call.duration_us,
        error: call.error.map(answer_error),
        log: answer_log(call.log),
    }
}

/// What went wrong as it is answered.
pub(super) fn answer_error(error: ScriptError) -> InvocationError {
    let frame =
        |f: StackFrame| InvocationFrame { function: f.function, line: f.line, column: f.column };
    InvocationError {
        message: error.message,
        line: error.line,
        column: error.column,
        stack: error.stack.into_iter().map(frame).collect(),
    }
}

/// What was logged as it is answered.
pub(super) fn answer_log(log: Vec<LogLine>) -> Vec<InvocationLogLine> {
    log.into_iter().map(|l| InvocationLogLine { level: l.level, text: l.text }).collect()
}

/// Gaps as they are answered.
fn answer_gaps(gaps: Vec<Gap>) -> Vec<InvocationGap> {
    gaps.into_iter().map(|Gap { since, until }| InvocationGap { since, until }).collect()
}
