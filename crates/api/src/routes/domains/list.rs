//! Seeing a project's domains.

use axum::extract::State;
use croft_app::{App, Listed, domains, projects::ProjectRef};
use croft_sdk::{domains::Domain, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// The hosts that a project claims, newest first, all of them.
#[utoipa::path(
    get,
    path = "/projects/{project}/domains",
    operation_id = "domain_list",
    tag = "domains",
    params(("project" = String, Path, description = "The project's id or slug.")),
    responses((status = 200, body = Page<Domain>)),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
) -> Result<Json<Page<Domain>>> {
    let domains = domains::list(&app, &caller, &project).await?;
    Ok(page::answer(Listed::all(domains), super::answer))
}
