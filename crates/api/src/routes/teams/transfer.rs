//! Handing a team over.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, teams};
use croft_model::id::TeamId;
use croft_sdk::teams::TransferTeam;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Makes another member the owner of a team; one stays in it as an admin.
///
/// A personal team stays its person's.
#[utoipa::path(
    post,
    path = "/teams/{team}/transfer",
    operation_id = "team_transfer",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    request_body = TransferTeam,
    responses((status = 204, description = "The team is handed over.")),
    extensions(("x-permission" = json!("team.transfer")))
)]
pub(super) async fn transfer(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<TeamId>>,
    Json(body): Json<TransferTeam>,
) -> Result<StatusCode> {
    teams::transfer(&app, &caller, id, body.to).await?;
    Ok(StatusCode::NO_CONTENT)
}
