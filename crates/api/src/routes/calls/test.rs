//! Trying a function, for people: all that happened, as JSON.

use axum::{
    extract::State,
    http::{Method, uri::PathAndQuery},
};
use bytes::Bytes;
use croft_app::functions::{self, Asked, Called, Trigger};
use croft_sdk::calls::{FunctionTest, TestFunction};
use data_encoding::BASE64;

use super::Which;
use crate::{
    auth::Authenticated,
    body::{Json, Path},
    call_fields::{for_function, written},
    error::{ApiError, Result},
    routes::invocations::{answer_error, answer_log},
    state::Api,
};

/// Tries a function: calls it once, and says how it answered, what went wrong and what it logged.
///
/// It runs as by a route, with production's variables and secrets, and is written down with its calls.
/// With `source` that text is run instead of the active version.
#[utoipa::path(
    post,
    path = "/functions/{function}/test",
    operation_id = "function_test",
    tag = "functions",
    params(("function" = croft_model::id::FunctionId, Path, description = "The function's id.")),
    request_body(content = TestFunction, example = json!({ "method": "GET", "path": "/hello" })),
    responses((status = 200, body = FunctionTest)),
    extensions(("x-permission" = json!("functions.call")))
)]
pub(super) async fn test(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    Path(Which { function }): Path<Which>,
    Json(test): Json<TestFunction>,
) -> Result<Json<FunctionTest>> {
    let source = test.source.clone();
    let asked = asked(test, api.app.installation.scheme)?;
    let mut ready = functions::ready(&api.app, &caller, function).await?;
    if let Some(source) = source {
        ready = functions::unsaved(&api.app, &caller, ready, &source)?;
    }
    let _call = api.gate.calls().begin(caller.principal.user)?;
    let called = functions::call(&api.app, ready, asked, Trigger::Test).await;
    Ok(Json(answer(called)))
}

/// The request that was written down.
fn asked(test: TestFunction, scheme: &str) -> Result<Asked> {
    let invalid = |field: &str, problem: &str| ApiError::invalid(field, problem);
    let method = Method::from_bytes(test.method.to_ascii_uppercase().as_bytes())
        .map_err(|_| invalid("method", "must be one of HTTP's, like GET"))?;
    let (path, query) = (test.path, test.query.unwrap_or_default());
    let whole = format!("{path}?{query}");
    let read = PathAndQuery::try_from(whole.as_str()).ok();
    if !path.starts_with('/') || path.contains(['?', '#']) || query.contains('#') || read.is_none()
    {
        let problem = "the path begins with `/`; both are percent-encoded, without `?` and `#`";
        return Err(invalid("path", problem));
    }
    let body = if test.base64 {
        let bytes = BASE64.decode(test.body.as_bytes());
        Bytes::from(bytes.map_err(|_| invalid("body", "must be base64, or `base64` false"))?)
    } else {
        Bytes::from(test.body)
    };
    let headers = for_function(&written(&test.headers)?, scheme);
    Ok(Asked { method: method.as_str().to_owned(), path, query, headers, body })
}

fn answer(called: Called) -> FunctionTest {
    let (headers, body) = called.answer.map(|a| (a.headers, a.body)).unwrap_or_default();
    let (body, base64) = match String::from_utf8(body.to_vec()) {
        Ok(text) => (text, false),
        Err(_) => (BASE64.encode(&body), true),
    };
    FunctionTest {
        status: called.status,
        headers,
        body,
        base64,
        outcome: called.outcome,
        duration_us: called.duration_us,
        error: called.error.map(answer_error),
        log: answer_log(called.log),
    }
}
