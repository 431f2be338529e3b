//! Setting a team's limits.

use axum::extract::State;
use croft_app::{App, admin};
use croft_model::id::TeamId;
use croft_sdk::admin::{AdminTeam, SetLimits};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Sets limits of a team that differ from its plan's; `null` goes back to the plan's.
///
/// What the team has beyond a lower limit stays; it gets no more of it.
#[utoipa::path(
    patch,
    path = "/admin/teams/{team}/limits",
    operation_id = "admin_team_set_limits",
    tag = "admin",
    params(("team" = TeamId, Path, description = "The team's id.")),
    request_body(content = SetLimits, example = json!({ "limits": { "projects": 30, "domains": null } })),
    responses((status = 200, body = AdminTeam)),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn set_limits(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Json(body): Json<SetLimits>,
) -> Result<Json<AdminTeam>> {
    let summary = admin::set_limits(&app, &caller, team, body.limits).await?;
    Ok(Json(super::answer(summary)))
}
