//! Asking what a slug would mean.

use axum::extract::State;
use croft_app::{App, projects};
use croft_sdk::projects::{CheckSlug, SlugCheck, SlugState};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Tells what another slug would mean for a project, and changes nothing.
#[utoipa::path(
    post,
    path = "/projects/{project}/slug/check",
    operation_id = "project_check_slug",
    tag = "projects",
    params(("project" = String, Path, description = "Its id or slug.")),
    request_body(content = CheckSlug, example = json!({ "slug": "analytical-engine" })),
    responses((status = 200, body = SlugCheck)),
    extensions(("x-permission" = json!("project.update")))
)]
pub(super) async fn check(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<projects::ProjectRef>>,
    Json(body): Json<CheckSlug>,
) -> Result<Json<SlugCheck>> {
    let projects::SlugCheck { state, explanation } =
        projects::check_slug(&app, &caller, &project, &body.slug).await?;
    let state = match state {
        projects::SlugState::Free => SlugState::Free,
        projects::SlugState::Own => SlugState::Own,
        projects::SlugState::Redirects => SlugState::Redirects,
        projects::SlugState::Taken => SlugState::Taken,
    };
    Ok(Json(SlugCheck { state, explanation }))
}
