//! Removing a variable.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, projects::ProjectRef, variables};
use croft_model::{name::EnvKey, project::Environment};

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Removes a variable or secret.
#[utoipa::path(
    delete,
    path = "/projects/{project}/variables/{environment}/{key}",
    operation_id = "variable_unset",
    tag = "variables",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("environment" = inline(Environment), Path, description = "Whose variables."),
        ("key" = EnvKey, Path, description = "Its name."),
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-permission" = json!("variables.write")))
)]
pub(super) async fn unset(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), environment, Parsed(key))): Path<(
        Parsed<ProjectRef>,
        Environment,
        Parsed<EnvKey>,
    )>,
) -> Result<StatusCode> {
    variables::unset(&app, &caller, &project, environment, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
