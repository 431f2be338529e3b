//! Taking an invitation back.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, invitations};
use croft_model::id::{InvitationId, TeamId};

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Takes an open invitation back; its link is good no more.
#[utoipa::path(
    delete,
    path = "/teams/{team}/invitations/{invitation}",
    operation_id = "invitation_revoke",
    tag = "invitations",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("invitation" = InvitationId, Path, description = "The invitation's id."),
    ),
    responses((status = 204, description = "It is taken back.")),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(team), Parsed(id))): Path<(Parsed<TeamId>, Parsed<InvitationId>)>,
) -> Result<StatusCode> {
    invitations::revoke(&app, &caller, team, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
