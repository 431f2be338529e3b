//! Signing out.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use croft_app::{App, session};

use crate::{auth::Authenticated, context::RequestContext, error::Result};

/// Ends the session that asks, and its streams.
///
/// A token cannot sign out: revoke it instead.
#[utoipa::path(
    delete,
    path = "/session",
    operation_id = "session_delete",
    tag = "session",
    responses((status = 204, description = "Signed out; the cookie is cleared.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn sign_out(
    State(app): State<App>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
) -> Result<(StatusCode, HeaderMap)> {
    session::end(&app, &caller, None).await?;
    super::farewell(context)
}
