//! Changing one's password.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, accounts};
use croft_sdk::session::ChangePassword;

use crate::{auth::Authenticated, body::Json, context::RequestContext, error::Result, gate::Gate};

/// Changes one's password, and ends all other sessions and their streams.
///
/// Needs a sign-in; a token cannot. Tokens stay good: revoke those you doubt. Attempts are limited
/// as at sign-in.
#[utoipa::path(
    post,
    path = "/me/password",
    operation_id = "me_change_password",
    tag = "me",
    request_body = ChangePassword,
    responses((status = 204, description = "The password is changed.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn change(
    State(app): State<App>,
    State(gate): State<Gate>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Json(body): Json<ChangePassword>,
) -> Result<StatusCode> {
    super::turn(&gate, context, &caller).await?;
    accounts::change_password(&app, &caller, body.current, body.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
