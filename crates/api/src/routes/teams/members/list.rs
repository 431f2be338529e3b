//! Seeing members.

use axum::extract::State;
use croft_app::{App, Listed, teams};
use croft_model::id::TeamId;
use croft_sdk::{page::Page, teams::Member};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
    routes::teams::member,
};

/// Who is in a team, and as what, all of them; an operator who entered it for an hour, too.
#[utoipa::path(
    get,
    path = "/teams/{team}/members",
    operation_id = "team_member_list",
    tag = "teams",
    params(("team" = TeamId, Path, description = "The team's id.")),
    responses((status = 200, body = Page<Member>)),
    extensions(("x-permission" = json!("team.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
) -> Result<Json<Page<Member>>> {
    let members = teams::members(&app, &caller, team).await?;
    Ok(page::answer(Listed::all(members), member))
}
