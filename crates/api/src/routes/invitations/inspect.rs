//! Seeing what an invitation is good for.

use axum::extract::State;
use croft_app::{App, invitations};
use croft_sdk::invitations::{InvitationDetails, InvitationSecret};

use crate::{auth::Anonymous, body::Json, error::Result};

/// What an invitation is good for, for whoever has its link.
///
/// Give what is behind the `#` of the link. Nothing is used up and nobody is signed in.
#[utoipa::path(
    post,
    path = "/invitations/inspect",
    operation_id = "invitation_inspect",
    tag = "invitations",
    security(()),
    request_body(content = InvitationSecret, example = json!({ "secret": "croft_inv_…" })),
    responses((status = 200, body = InvitationDetails))
)]
pub(super) async fn inspect(
    State(app): State<App>,
    _: Anonymous,
    Json(body): Json<InvitationSecret>,
) -> Result<Json<InvitationDetails>> {
    let found = invitations::inspect(&app, &body.secret).await?;
    Ok(Json(InvitationDetails {
        team_name: found.team_name,
        invited_by: super::named(found.inviter)?,
        role: found.invitation.role,
        email: found.invitation.email,
    }))
}
