//! Seeing what a team may have.

use axum::extract::State;
use croft_app::{App, teams};
use croft_model::id::TeamId;
use croft_sdk::teams::{TeamLimits, Used};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// What a team may have by its plan, and what it has.
#[utoipa::path(
    get,
    path = "/teams/{team}/limits",
    operation_id = "team_limits",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    responses((status = 200, body = TeamLimits)),
    extensions(("x-permission" = json!("team.read")))
)]
pub(super) async fn limits(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<TeamId>>,
) -> Result<Json<TeamLimits>> {
    let teams::TeamLimits { plan, allowed, used } = teams::limits(&app, &caller, id).await?;
    let teams::Used { projects, members, tokens } = used;
    Ok(Json(TeamLimits { plan, allowed, used: Used { projects, members, tokens } }))
}
