//! Seeing the calls of functions.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use croft_app::{App, functions::calls, projects::ProjectRef};
use croft_model::id::Id;
use croft_sdk::invocations::InvocationPage;

use super::{
    answer_call, answer_gaps, follow,
    wanted::{InvocationsQuery, Place, Wanted},
};
use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    gate::Gate,
};

/// Calls of a project's functions with what they logged, newest first; or with `follow` as they
/// are written down, which is a moment after they ended.
///
/// Every failure is listed and every call that is slow for its function, up to 20 a second of each
/// function; of all others a sample, up to 50 a second of a project. The newest are kept, for a week
/// and as many as the limit `invocation_log_bytes` has room for. How many calls of the time asked for
/// are not listed is `left_out`.
///
/// A stream sends each call as `invocation` with its id. It begins after `after`, or with what is
/// written next; it resumes by `Last-Event-ID`, and ends within five seconds of the right to it.
#[utoipa::path(
    get,
    path = "/projects/{project}/invocations",
    operation_id = "invocation_list",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        InvocationsQuery,
    ),
    responses((status = 200, content(
        (InvocationPage = "application/json"),
        (String = "text/event-stream"),
    ))),
    extensions(("x-permission" = json!("logs.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    State(gate): State<Gate>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    wanted: Wanted,
) -> Result<Response> {
    let Wanted { calls, place } = wanted;
    let page = match place {
        Place::Page(page) => page,
        Place::Follow(after) => {
            let calls = calls::follow(&app, &caller, &project, &calls).await?;
            return follow::answer(app, &gate, caller, calls, after).await;
        }
    };
    let calls::Calls { listed, left_out, gaps } =
        calls::list(&app, &caller, &project, &calls, page).await?;
    let listed = listed.map(answer_call);
    let next = listed.next.map(Id::from_uuid);
    let gaps = answer_gaps(gaps);
    Ok(Json(InvocationPage { items: listed.items, next, left_out, gaps }).into_response())
}
