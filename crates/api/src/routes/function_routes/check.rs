//! Saying what would come of a route.

use axum::extract::State;
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::route::Side;
use croft_sdk::{
    functions::NewRoute,
    routes::{RouteCheck, RouteOverlap, RouteProblem},
};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Says whether the project could have a route, and which of its routes could answer the same
/// requests. Nothing changes.
#[utoipa::path(
    post,
    path = "/projects/{project}/routes/check",
    operation_id = "route_check",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug.")),
    request_body(content = NewRoute, example = json!({ "method": "GET", "path": "/hello/:name" })),
    responses((status = 200, body = RouteCheck)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn check(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Json(body): Json<NewRoute>,
) -> Result<Json<RouteCheck>> {
    let check = functions::check_route(&app, &caller, &project, &super::pattern(body)).await?;
    let problem =
        |p: functions::RouteProblem| RouteProblem { code: p.code.to_owned(), message: p.message };
    let overlap =
        |(route, wins)| RouteOverlap { route: super::answer(route), wins: wins == Side::Existing };
    Ok(Json(RouteCheck {
        problems: check.problems.into_iter().map(problem).collect(),
        pending: check.pending,
        overlaps: check.overlaps.into_iter().map(overlap).collect(),
    }))
}
