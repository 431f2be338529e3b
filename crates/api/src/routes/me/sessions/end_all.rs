//! Signing out everywhere.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use croft_app::{App, session};

use crate::{auth::Authenticated, context::RequestContext, error::Result, routes};

/// Signs out everywhere: ends all of one's sessions, the one that asks too, and their streams.
///
/// Tokens stay good: revoke those you doubt.
#[utoipa::path(
    delete,
    path = "/me/sessions",
    operation_id = "session_end_all",
    tag = "me",
    responses((status = 204, description = "All have ended; the cookie is cleared.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn end_all(
    State(app): State<App>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
) -> Result<(StatusCode, HeaderMap)> {
    session::end_all(&app, &caller).await?;
    routes::session::farewell(context)
}
