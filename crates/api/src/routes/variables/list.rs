//! Seeing an environment's variables.

use axum::extract::State;
use croft_app::{App, Listed, projects::ProjectRef, variables};
use croft_model::project::Environment;
use croft_sdk::{page::Page, variables::Variable};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// The variables and secrets of one of a project's environments, by name, all of them.
///
/// A secret comes without its value, which is never shown again.
#[utoipa::path(
    get,
    path = "/projects/{project}/variables/{environment}",
    operation_id = "variable_list",
    tag = "variables",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("environment" = inline(Environment), Path, description = "Whose variables."),
    ),
    responses((status = 200, body = Page<Variable>)),
    extensions(("x-permission" = json!("variables.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), environment)): Path<(Parsed<ProjectRef>, Environment)>,
) -> Result<Json<Page<Variable>>> {
    let variables = variables::list(&app, &caller, &project, environment).await?;
    Ok(page::answer(Listed::all(variables), super::answer))
}
