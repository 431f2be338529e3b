//! Seeing open invitations.

use axum::extract::State;
use croft_app::{App, Listed, invitations};
use croft_model::id::TeamId;
use croft_sdk::{invitations::Invitation, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// A team's open invitations, all of them, without their links.
#[utoipa::path(
    get,
    path = "/teams/{team}/invitations",
    operation_id = "invitation_list",
    tag = "invitations",
    params(("team" = TeamId, Path, description = "The team's id.")),
    responses((status = 200, body = Page<Invitation>)),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
) -> Result<Json<Page<Invitation>>> {
    let open = invitations::list(&app, &caller, team).await?;
    let open: Result<Vec<_>> =
        open.into_iter().map(|named| super::answer(named.invitation, named.inviter)).collect();
    Ok(page::answer(Listed::all(open?), |invitation| invitation))
}
