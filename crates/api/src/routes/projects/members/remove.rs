//! Taking a role in a project back.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, projects};
use croft_model::id::UserId;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Takes a member's role in a project back. Their role in the team stays.
#[utoipa::path(
    delete,
    path = "/projects/{project}/members/{user}",
    operation_id = "project_member_remove",
    tag = "projects",
    params(
        ("project" = String, Path, description = "Its id or slug."),
        ("user" = UserId, Path, description = "The member's id."),
    ),
    responses((status = 204, description = "They have the team's role there from now on.")),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn remove(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(user))): Path<(Parsed<projects::ProjectRef>, Parsed<UserId>)>,
) -> Result<StatusCode> {
    projects::remove_member(&app, &caller, &project, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
