//! Giving a project another slug.

use axum::extract::State;
use croft_app::{App, projects};
use croft_sdk::projects::{ChangeSlug, Project};

use super::super::answer;
use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Gives a project another slug. The slug before redirects to it for ever.
///
/// A slug that another project of the team had is taken over only with `force`, which needs the
/// permission `project.delete`: addresses stop leading where they led.
#[utoipa::path(
    post,
    path = "/projects/{project}/slug",
    operation_id = "project_change_slug",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    request_body(content = ChangeSlug, example = json!({ "slug": "analytical-engine" })),
    responses((status = 200, body = Project)),
    extensions(("x-permission" = json!("project.update")))
)]
pub(super) async fn change(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
    Json(body): Json<ChangeSlug>,
) -> Result<Json<Project>> {
    let ChangeSlug { slug, force } = body;
    let seen = projects::change_slug(&app, &caller, &project, slug, force).await?;
    Ok(Json(answer(&app, seen)))
}
