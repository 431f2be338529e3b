//! Accepting an invitation.

use axum::extract::State;
use croft_app::{App, invitations};
use croft_sdk::invitations::{Accepted, InvitationSecret};

use crate::{auth::Authenticated, body::Json, error::Result};

/// Joins the team one is invited into.
///
/// Needs a sign-in, as the e-mail the invitation names if it names one; a token cannot. Each link
/// works once, within seven days.
#[utoipa::path(
    post,
    path = "/invitations/accept",
    operation_id = "invitation_accept",
    tag = "invitations",
    request_body(content = InvitationSecret, example = json!({ "secret": "croft_inv_…" })),
    responses((status = 200, body = Accepted)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn accept(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Json(body): Json<InvitationSecret>,
) -> Result<Json<Accepted>> {
    let team_id = invitations::accept(&app, &caller, &body.secret).await?;
    Ok(Json(Accepted { team_id }))
}
