//! Seeing a project.

use axum::extract::State;
use croft_app::{App, projects};
use croft_sdk::projects::Project;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// A project, by id or slug; one that is deleted too, until it is purged.
#[utoipa::path(
    get,
    path = "/projects/{project}",
    operation_id = "project_get",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    responses((status = 200, body = Project), (status = 308, description = "It has another slug now.")),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn get(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
) -> Result<Json<Project>> {
    let seen = projects::get(&app, &caller, &project).await?;
    Ok(Json(super::answer(&app, seen)))
}
