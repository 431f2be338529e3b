//! Renaming a team.

use axum::extract::State;
use croft_app::{App, teams};
use croft_model::id::TeamId;
use croft_sdk::teams::{Team, UpdateTeam};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Changes a team's name.
#[utoipa::path(
    patch,
    path = "/teams/{team}",
    operation_id = "team_update",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    request_body = UpdateTeam,
    responses((status = 200, body = Team)),
    extensions(("x-permission" = json!("team.update")))
)]
pub(super) async fn update(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<TeamId>>,
    Json(body): Json<UpdateTeam>,
) -> Result<Json<Team>> {
    let team = teams::rename(&app, &caller, id, body.name).await?;
    Ok(Json(super::answer(&caller, team)?))
}
