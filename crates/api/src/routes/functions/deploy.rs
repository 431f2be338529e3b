//! Deploying a function.

use axum::extract::State;
use croft_app::{
    App, Error,
    functions::{self, NewFunction},
    projects::ProjectRef,
};
use croft_model::name::FunctionName;
use croft_sdk::functions::{DeployFunction, Function};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    routes::function_routes::pattern,
};

/// Deploys a function: makes it, or makes this text the active version of the one of that name.
///
/// The text is checked first; what is wrong with it is told with line and column, and then nothing
/// changes. Its next call runs the new version.
#[utoipa::path(
    put,
    path = "/projects/{project}/functions/{name}",
    operation_id = "function_deploy",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name: a-z, 0-9, `_` and `-`, a letter first."),
    ),
    request_body(content = DeployFunction, example = json!({
        "source": "`Hello, ${ctx.params.name}!`",
        "routes": [{ "method": "GET", "path": "/hello/:name" }],
    })),
    responses((status = 200, body = Function)),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn deploy(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), name)): Path<(Parsed<ProjectRef>, String)>,
    Json(body): Json<DeployFunction>,
) -> Result<Json<Function>> {
    // What is wrong with a new name is told; only a name asked for can be not found.
    let name: FunctionName = name.parse().map_err(Error::from)?;
    let routes = body.routes.map(|routes| routes.into_iter().map(pattern).collect());
    let new = NewFunction { name, source: body.source, routes };
    let deployed = functions::deploy(&app, &caller, &project, new).await?;
    Ok(Json(super::answer(deployed)))
}
