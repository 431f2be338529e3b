//! Changing a member's role.

use axum::extract::State;
use croft_app::{App, teams};
use croft_model::id::{TeamId, UserId};
use croft_sdk::teams::{Member, SetRole};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    routes::teams::member,
};

/// Sets a member's role: `viewer`, `developer` or `admin`.
///
/// A team has one owner, who changes only when the team is handed over.
#[utoipa::path(
    patch,
    path = "/teams/{team}/members/{user}",
    operation_id = "team_member_set_role",
    tag = "teams",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("user" = UserId, Path, description = "The member's id."),
    ),
    request_body = SetRole,
    responses((status = 200, body = Member)),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn set_role(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(team), Parsed(user))): Path<(Parsed<TeamId>, Parsed<UserId>)>,
    Json(body): Json<SetRole>,
) -> Result<Json<Member>> {
    let changed = teams::set_role(&app, &caller, team, user, body.role).await?;
    Ok(Json(member(changed)))
}
