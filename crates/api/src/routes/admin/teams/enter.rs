//! Entering a team.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, admin};
use croft_model::{id::TeamId, permissions::Role};
use croft_sdk::admin::EnterTeam;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Gives an operator a role in a team for an hour. The team reads who, why and until when.
///
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    post,
    path = "/admin/teams/{team}/enter",
    operation_id = "admin_team_enter",
    tag = "admin",
    params(("team" = TeamId, Path, description = "The team's id.")),
    request_body(content = EnterTeam, example = json!({
        "reason": "Looking into the failed claim, as Ada asked", "role": "viewer",
    })),
    responses((status = 204, description = "The operator is in the team.")),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn enter(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Json(body): Json<EnterTeam>,
) -> Result<StatusCode> {
    let role = body.role.unwrap_or(Role::Viewer);
    admin::enter(&app, &caller, team, &body.reason, role).await?;
    Ok(StatusCode::NO_CONTENT)
}
