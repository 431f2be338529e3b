//! Seeing who has a role in a project.

use axum::extract::State;
use croft_app::{App, Listed, projects};
use croft_sdk::{page::Page, teams::Member};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
    routes::teams,
};

/// Who has a role of their own in a project, all of them. The team's other members have the role
/// they have in the team.
#[utoipa::path(
    get,
    path = "/projects/{project}/members",
    operation_id = "project_member_list",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    responses((status = 200, body = Page<Member>)),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
) -> Result<Json<Page<Member>>> {
    let members = projects::list_members(&app, &caller, &project).await?;
    Ok(page::answer(Listed::all(members), teams::member))
}
