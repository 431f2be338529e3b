//! Bringing a project back.

use axum::extract::State;
use croft_app::{App, projects};
use croft_sdk::projects::Project;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Brings a deleted project back as it was, with all that is in it.
#[utoipa::path(
    post,
    path = "/projects/{project}/restore",
    operation_id = "project_restore",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    responses((status = 200, body = Project)),
    extensions(("x-permission" = json!("project.delete")))
)]
pub(super) async fn restore(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
) -> Result<Json<Project>> {
    let seen = projects::restore(&app, &caller, &project).await?;
    Ok(Json(super::answer(&app, seen)))
}
