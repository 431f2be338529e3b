//! Calls of functions: a request becomes a call, an outcome becomes an answer, and each call is
//! written down once, also when its client does not wait for the end.

use std::sync::Arc;

use bytes::Bytes;
use croft_model::function::{Exceeded, OutcomeKind, Trigger};
use croft_ports::{
    function_invoker::{
        Call, CallRequest, CallResponse, Done, FunctionInvoker, Outcome, ScriptError,
    },
    invocation_log::{InvocationLog, Unfinished},
    route_source::FunctionTarget,
};
use http::{Response, StatusCode, header::CONTENT_LENGTH};
use time::OffsetDateTime;

use crate::{
    failure::Failure,
    headers::{CookieRule, from_function},
    intake::Taken,
    reply::kept_with,
    room::{Full, Held, Holder, Room},
    table::Project,
};

/// What is written down for an answer that was not sent.
const UNSENT: &str = "the answer was not sent: too many answers to its client or of this project \
                      wait to be taken";

/// Where calls go and are written down.
#[derive(Clone)]
pub(crate) struct Dispatch {
    pub(crate) functions: Arc<dyn FunctionInvoker>,
    pub(crate) log: Arc<dyn InvocationLog>,
    /// For answers until they are sent.
    pub(crate) answers: Arc<Room>,
}

/// One call, ready to be made.
pub(crate) struct Prepared<'a> {
    pub(crate) project: &'a Project,
    pub(crate) function: Arc<FunctionTarget>,
    pub(crate) request: CallRequest,
    /// The room its body takes.
    pub(crate) body: Taken,
    pub(crate) at: OffsetDateTime,
    pub(crate) cookies: CookieRule<'a>,
}

impl Dispatch {
    /// Makes a call and waits for its end.
    pub(crate) async fn call(&self, prepared: Prepared<'_>) -> Result<Response<Bytes>, Failure> {
        let Prepared { project, function, request, body: _room, at, cookies } = prepared;
        let is_head = request.method == "HEAD";
        let room = self.answers.hold(Holder::new(request.client, project.id));
        // Better before the call than after it, when it has done what it does.
        if !room.could_add(project.budget.response_bytes) {
            return Err(Failure::AnswersFull);
        }
        let call = Call {
            project: project.id,
            function: function.function,
            name: Arc::clone(&function.name),
            version: function.version,
            source: Arc::clone(&function.source),
            budget: project.budget,
            environment: Arc::clone(&project.environment),
            request,
        };
        let id = call.request.id;
        let record = Unfinished::new(&*self.log, project.team, Trigger::Http, &call, at);
        let Done { outcome, log, duration_us } = self.functions.invoke(call).await;
        let kind = outcome.kind();
        let error = outcome.problem(project.budget.time_ms);
        let (result, refused) = match outcome {
            Outcome::Returned(returned) => match answer(returned, is_head, &cookies) {
                Ok(response) => (held(response, room).map_err(|Full| Failure::AnswersFull), None),
                Err(why) => (Err(Failure::FunctionFailed), Some(ScriptError::of(why))),
            },
            Outcome::Threw(_) | Outcome::Denied(_) => (Err(Failure::FunctionFailed), None),
            Outcome::Exceeded(Exceeded::Time) => (Err(Failure::FunctionSlow), None),
            Outcome::Exceeded(_) => (Err(Failure::FunctionExceeded), None),
            Outcome::Unavailable(why) => {
                tracing::warn!(function.id = %function.function, request.id = %id, why,
                    "a function cannot be run");
                (Err(Failure::FunctionUnavailable), None)
            }
        };
        // An answer that cannot be sent is an error of the function's.
        let kind = if refused.is_some() { OutcomeKind::Threw } else { kind };
        let status = result.as_ref().map_or_else(Failure::status, Response::status);
        let unsent = matches!(result, Err(Failure::AnswersFull)).then(|| ScriptError::of(UNSENT));
        record.finish(status.as_u16(), kind, duration_us, refused.or(error).or(unsent), log);
        result
    }
}

/// A function's answer as it is sent, or why it cannot be.
fn answer(
    returned: CallResponse,
    is_head: bool,
    cookies: &CookieRule<'_>,
) -> Result<Response<Bytes>, &'static str> {
    if let Some(why) = returned.fault() {
        return Err(why);
    }
    let status =
        StatusCode::from_u16(returned.status).map_err(|_| "the answer's status is none")?;
    let mut headers = from_function(&returned.headers, cookies);
    let has_body = returned.has_body();
    let mut body = if has_body { returned.body } else { Bytes::new() };
    if is_head && has_body {
        headers.insert(CONTENT_LENGTH, body.len().into());
        body = Bytes::new();
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The answer, in its room until it is sent. One without a body has none to keep it by; its head
/// goes out at once.
fn held(response: Response<Bytes>, mut room: Held) -> Result<Response<Bytes>, Full> {
    if response.body().is_empty() {
        return Ok(response);
    }
    let fields: usize = response.headers().iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    room.add(response.body().len() + fields)?;
    Ok(response.map(|body| kept_with(body, room)))
}
