//! Deleting a team.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, teams};
use croft_model::id::TeamId;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Deletes a team with all its projects. At once, and for good.
///
/// A personal team goes only with its person's account.
#[utoipa::path(
    delete,
    path = "/teams/{team}",
    operation_id = "team_delete",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-permission" = json!("team.delete")))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(id)): Path<Parsed<TeamId>>,
) -> Result<StatusCode> {
    teams::delete(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
