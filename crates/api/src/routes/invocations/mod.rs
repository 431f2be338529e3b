//! Calls of functions: a page of them, a stream that goes on, and counts of all.

mod wanted;
mod follow;
mod list;
mod counts;

use croft_app::functions::calls::{Gap, LoggedCall};
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
    let error = call.error.map(|error| InvocationError {
        message: error.message,
        line: error.line,
        column: error.column,
        stack: error
            .stack
            .into_iter()
            .map(|f| InvocationFrame { function: f.function, line: f.line, column: f.column })
            .collect(),
    });
    let log = call.log.into_iter();
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
        error,
        log: log.map(|l| InvocationLogLine { level: l.level, text: l.text }).collect(),
    }
}

/// Gaps as they are answered.
fn answer_gaps(gaps: Vec<Gap>) -> Vec<InvocationGap> {
    gaps.into_iter().map(|Gap { since, until }| InvocationGap { since, until }).collect()
}
