//! Seeing a team.

use axum::extract::State;
use croft_app::{App, teams};
use croft_model::id::TeamId;
use croft_sdk::teams::Team;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// A team, one's role in it, and what one may do there.
#[utoipa::path(
    get,
    path = "/teams/{team}",
    operation_id = "team_get",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    responses((status = 200, body = Team)),
    extensions(("x-permission" = json!("team.read")))
)]
pub(super) async fn get(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<TeamId>>,
) -> Result<Json<Team>> {
    let team = teams::get(&app, &caller, id).await?;
    Ok(Json(super::answer(&caller, team)?))
}
