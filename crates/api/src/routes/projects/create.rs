//! Making a project.

use axum::{extract::State, http::StatusCode};
use croft_app::{
    App,
    projects::{self, NewProject},
};
use croft_sdk::projects::{CreateProject, Project};

use crate::{
    auth::Authenticated,
    body::{Create, Json},
    error::Result,
};

/// Makes a project in a team.
#[utoipa::path(
    post,
    path = "/projects",
    operation_id = "project_create",
    tag = "projects",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 64, description = "Makes repeating it safe.")),
    request_body = CreateProject,
    responses((status = 201, body = Project)),
    extensions(("x-permission" = json!("project.create")))
)]
pub(super) async fn create(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Create(body, key): Create<CreateProject>,
) -> Result<(StatusCode, Json<Project>)> {
    let new = NewProject { team: body.team_id, name: body.name, slug: body.slug };
    let made = projects::create(&app, &caller, new, key).await?;
    Ok((StatusCode::CREATED, Json(super::answer(&app, made))))
}
