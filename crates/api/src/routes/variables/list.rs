//! Seeing an environment's variables.

use axum::extract::State;
use croft_app::{App, projects::ProjectRef, variables};
use croft_model::project::Environment;
use croft_sdk::{page::Page, variables::Variable};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
    page::{self, PageQuery},
};

/// The variables and secrets of one of a project's environments, by name.
///
/// A secret comes without its value, which is never shown again. A page ends also when its values
/// come to 1 MiB.
#[utoipa::path(
    get,
    path = "/projects/{project}/variables/{environment}",
    operation_id = "variable_list",
    tag = "variables",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("environment" = inline(Environment), Path, description = "Whose variables."),
        PageQuery,
    ),
    responses((status = 200, body = Page<Variable>)),
    extensions(("x-permission" = json!("variables.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), environment)): Path<(Parsed<ProjectRef>, Environment)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Variable>>> {
    let variables = variables::list(&app, &caller, &project, environment, page.page()?).await?;
    Ok(page::answer(variables, super::answer))
}
