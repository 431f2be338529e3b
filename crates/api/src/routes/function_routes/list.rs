//! Seeing a project's routes.

use axum::extract::State;
use croft_app::{App, Listed, functions, projects::ProjectRef};
use croft_sdk::{page::Page, routes::FunctionRoute};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// A project's routes, by path, all of them.
#[utoipa::path(
    get,
    path = "/projects/{project}/routes",
    operation_id = "route_list",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug.")),
    responses((status = 200, body = Page<FunctionRoute>)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
) -> Result<Json<Page<FunctionRoute>>> {
    let routes = functions::routes(&app, &caller, &project).await?;
    Ok(page::answer(Listed::all(routes), super::answer))
}
