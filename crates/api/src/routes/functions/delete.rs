//! Deleting a function.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::name::FunctionName;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Deletes a function with its versions, its routes and the log of its calls. For good.
#[utoipa::path(
    delete,
    path = "/projects/{project}/functions/{name}",
    operation_id = "function_delete",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name))): Path<(Parsed<ProjectRef>, Parsed<FunctionName>)>,
) -> Result<StatusCode> {
    functions::remove(&app, &caller, &project, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
