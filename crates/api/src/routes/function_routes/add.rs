//! Leading a route to a function.

use axum::extract::State;
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::name::FunctionName;
use croft_sdk::{functions::NewRoute, routes::FunctionRoute};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Leads a route to a function, besides those it has.
///
/// A route may be for one host of the project's, or for the hosts of one of its domains; without a
/// host it is for all of them. One that leads to the function already is answered as it is.
#[utoipa::path(
    post,
    path = "/projects/{project}/functions/{name}/routes",
    operation_id = "route_add",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
    ),
    request_body(content = NewRoute, example = json!({ "method": "GET", "path": "/hello/:name" })),
    responses((status = 200, body = FunctionRoute)),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn add(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name))): Path<(Parsed<ProjectRef>, Parsed<FunctionName>)>,
    Json(body): Json<NewRoute>,
) -> Result<Json<FunctionRoute>> {
    let pattern = super::pattern(body);
    let added = functions::add_route(&app, &caller, &project, &name, pattern).await?;
    Ok(Json(super::answer(added)))
}
