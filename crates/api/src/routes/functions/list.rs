//! Seeing a project's functions.

use axum::extract::State;
use croft_app::{App, Listed, functions, projects::ProjectRef};
use croft_sdk::{functions::Function, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// A project's functions with their active versions, by name, all of them; without their texts.
///
/// A function asked for by itself comes with its text.
#[utoipa::path(
    get,
    path = "/projects/{project}/functions",
    operation_id = "function_list",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug.")),
    responses((status = 200, body = Page<Function>)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
) -> Result<Json<Page<Function>>> {
    let functions = functions::list(&app, &caller, &project).await?;
    Ok(page::answer(Listed::all(functions), super::answer))
}
