//! Ending one session.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use croft_app::{App, session};
use croft_model::id::SessionId;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    context::RequestContext,
    error::Result,
    routes,
};

/// Ends one of one's sessions, and its streams.
#[utoipa::path(
    delete,
    path = "/me/sessions/{session}",
    operation_id = "session_end",
    tag = "me",
    params(("session" = SessionId, Path, description = "The session's id.")),
    responses((status = 204, description = "It has ended.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn end(
    State(app): State<App>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<SessionId>>,
) -> Result<(StatusCode, HeaderMap)> {
    session::end(&app, &caller, Some(id)).await?;
    if caller.principal.session() == Some(id) {
        return routes::session::farewell(context);
    }
    Ok((StatusCode::NO_CONTENT, HeaderMap::new()))
}
