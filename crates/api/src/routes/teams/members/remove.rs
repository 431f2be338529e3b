//! Removing a member.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, teams};
use croft_model::id::{TeamId, UserId};

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Removes a member from a team, with their tokens and streams there.
///
/// Everybody may remove themselves, signed in; only the owner cannot go before the team is handed
/// over.
#[utoipa::path(
    delete,
    path = "/teams/{team}/members/{user}",
    operation_id = "team_member_remove",
    tag = "teams",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("user" = UserId, Path, description = "The member's id."),
    ),
    responses((status = 204, description = "They are a member no more.")),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn remove(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(team), Parsed(user))): Path<(Parsed<TeamId>, Parsed<UserId>)>,
) -> Result<StatusCode> {
    teams::remove_member(&app, &caller, team, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
