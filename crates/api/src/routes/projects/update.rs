//! Renaming a project.

use axum::extract::State;
use croft_app::{App, projects};
use croft_sdk::projects::{Project, UpdateProject};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Renames a project. Its slug and its addresses stay.
#[utoipa::path(
    patch,
    path = "/projects/{project}",
    operation_id = "project_update",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    request_body(content = UpdateProject, example = json!({ "name": "Analytical Engine" })),
    responses((status = 200, body = Project)),
    extensions(("x-permission" = json!("project.update")))
)]
pub(super) async fn update(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
    Json(body): Json<UpdateProject>,
) -> Result<Json<Project>> {
    let seen = projects::rename(&app, &caller, &project, body.name).await?;
    Ok(Json(super::answer(&app, seen)))
}
