//! Giving somebody a role in a project.

use axum::extract::State;
use croft_app::{App, projects};
use croft_model::id::UserId;
use croft_sdk::teams::{Member, SetRole};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    routes::teams,
};

/// Gives a member of the team a role in a project. It raises what they may do there, and never
/// lowers it.
#[utoipa::path(
    put,
    path = "/projects/{project}/members/{user}",
    operation_id = "project_member_set",
    tag = "projects",
    params(
        ("project" = String, Path, description = "Its id or slug."),
        ("user" = UserId, Path, description = "The member's id."),
    ),
    request_body(content = SetRole, example = json!({ "role": "developer" })),
    responses((status = 200, body = Member)),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn set(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(user))): Path<(Parsed<projects::ProjectRef>, Parsed<UserId>)>,
    Json(body): Json<SetRole>,
) -> Result<Json<Member>> {
    let member = projects::set_member(&app, &caller, &project, user, body.role).await?;
    Ok(Json(teams::member(member)))
}
