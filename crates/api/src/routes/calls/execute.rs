//! A function's own answer, for programs.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use bytes::Bytes;
use croft_app::functions::{self, Asked, CallResponse, Called, Trigger};
use croft_model::function::OutcomeKind;

use super::Which;
use crate::{
    auth::Bearer,
    body::{self, Path},
    call_fields::{for_function, without_credentials},
    calls::Call,
    error::{ApiError, Code, Result},
    state::Api,
    tenant_body,
};

/// Calls a function by its id: by any method, and at any path below this one.
///
/// It needs no route and no domain. The function sees what follows its id as the path, and nothing of
/// the caller's credentials. The answer is the function's, by its status: always to be saved and
/// never shown (`Content-Disposition: attachment`), and of its headers only `content-type`,
/// `content-language`, `cache-control`, `etag` and `x-*`; `croft-dropped-headers` names the others.
/// A session's cookie is not taken here.
#[utoipa::path(
    method(get, put, post, patch, delete),
    path = "/execute/{function}",
    operation_id = "function_execute",
    tag = "functions",
    params(("function" = croft_model::id::FunctionId, Path, description = "The function's id.")),
    responses((status = 200, description = "What the function answers, with its status.", content_type = "*/*", body = serde_json::Value)),
    security(("bearer" = []), ("api_key" = [])),
    extensions(("x-permission" = json!("functions.call")))
)]
pub(super) async fn execute(
    State(api): State<Api>,
    Bearer(caller): Bearer,
    Path(Which { function }): Path<Which>,
    request: Request,
) -> Result<Response> {
    fetched(request.headers())?;
    // Whoever may not is told so before any of the body is taken in.
    let ready = functions::ready(&api.app, &caller, function).await?;
    let call = api.gate.calls().begin(caller.principal.user)?;
    let (uri, method) = (request.uri().clone(), request.method().as_str().to_owned());
    let headers =
        for_function(&without_credentials(request.headers()), api.app.installation.scheme);
    let body = body::bytes(request, &()).await?;
    let query = uri.query().unwrap_or_default().to_owned();
    let asked = Asked { method, path: below(uri.path()), query, headers, body };
    let called = functions::call(&api.app, ready, asked, Trigger::Execute).await;
    match called.answer {
        Some(answer) => Ok(respond(answer, call)),
        None => Err(failed(&called)),
    }
}

/// A second wall, for the day when something lends a browser's own requests a token: what a page
/// loads, shows or registers by itself is no program's call. Pages cannot forge these fields (Fetch
/// Metadata, 2; Service Workers, 4.2), and a script's own `fetch` has the destination `empty`.
fn fetched(headers: &HeaderMap) -> Result<()> {
    let by_itself = headers.get("sec-fetch-dest").is_some_and(|to| to != "empty")
        || headers.contains_key("service-worker");
    if by_itself {
        let detail = "this is for programs: a browser may only fetch it; give what pages are to load a route";
        return Err(ApiError::new(Code::Forbidden, detail));
    }
    Ok(())
}

/// What follows the id: `/execute/fn_x/a/b` is `/a/b`.
fn below(path: &str) -> String {
    let rest = path.strip_prefix("/execute/").unwrap_or_default();
    rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned()
}

fn respond(answer: CallResponse, call: Call) -> Response {
    // It was looked at before; what is none of these is a fault of ours.
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::with_capacity(answer.headers.len());
    for (name, value) in &answer.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = pair {
            headers.append(name, value);
        }
    }
    let body = if answer.has_body() { answer.body } else { Bytes::new() };
    tenant_body::respond(status, &headers, call.until_sent(body))
}

/// What is told of a function that did not answer: nothing of its own error, which its project's
/// members find.
fn failed(called: &Called) -> ApiError {
    const LOG: &str = "Its project's members find the reason under this request id.";
    let (code, what) = match called.outcome {
        OutcomeKind::Exceeded if called.status == 504 => {
            (Code::FunctionTimeout, "The function did not answer in time.")
        }
        OutcomeKind::Exceeded => (Code::FunctionExceeded, "The function used more than it may."),
        OutcomeKind::Unavailable => {
            let text = "The function cannot be run at this moment; try again soon.";
            return ApiError::new(Code::FunctionUnavailable, text).retry_soon();
        }
        OutcomeKind::Returned | OutcomeKind::Threw | OutcomeKind::Denied => {
            (Code::FunctionFailed, "The function ended with an error.")
        }
    };
    ApiError::new(code, format!("{what} {LOG}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_what_follows_the_id() {
        for (path, seen) in [
            ("/execute/fn_x", "/"),
            ("/execute/fn_x/", "/"),
            ("/execute/fn_x/a%2Fb/c", "/a%2Fb/c"),
            ("/execute/fn_x//execute/", "//execute/"),
        ] {
            assert_eq!(below(path), seen, "{path}");
        }
    }
}
