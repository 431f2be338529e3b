//! Seeing a function.

use axum::extract::State;
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::name::FunctionName;
use croft_sdk::functions::Function;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// A function with the text of its active version and what leads to it.
#[utoipa::path(
    get,
    path = "/projects/{project}/functions/{name}",
    operation_id = "function_get",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
    ),
    responses((status = 200, body = Function)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn get(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name))): Path<(Parsed<ProjectRef>, Parsed<FunctionName>)>,
) -> Result<Json<Function>> {
    let function = functions::get(&app, &caller, &project, &name).await?;
    Ok(Json(super::answer(function)))
}
