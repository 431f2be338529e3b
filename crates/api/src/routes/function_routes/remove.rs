//! Removing a route.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::id::RouteId;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Removes a route. What it took goes to another route that fits, or is not found.
#[utoipa::path(
    delete,
    path = "/projects/{project}/routes/{route}",
    operation_id = "route_remove",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("route" = RouteId, Path, description = "The route's id."),
    ),
    responses((status = 204, description = "It is removed.")),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn remove(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(route))): Path<(Parsed<ProjectRef>, Parsed<RouteId>)>,
) -> Result<StatusCode> {
    functions::remove_route(&app, &caller, &project, route).await?;
    Ok(StatusCode::NO_CONTENT)
}
