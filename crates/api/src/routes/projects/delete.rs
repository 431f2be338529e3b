//! Deleting a project.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, projects};

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Deletes a project. It answers no more at once, and can be restored until its `purge_at`.
///
/// Deleting it again changes nothing.
#[utoipa::path(
    delete,
    path = "/projects/{project}",
    operation_id = "project_delete",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    responses((status = 204, description = "It is deleted.")),
    extensions(("x-permission" = json!("project.delete")))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
) -> Result<StatusCode> {
    projects::delete(&app, &caller, &project).await?;
    Ok(StatusCode::NO_CONTENT)
}
