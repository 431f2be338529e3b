//! Giving a domain up.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, domains, projects::ProjectRef};
use croft_model::id::DomainId;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Gives a claim up. The host leads to the project no more at once.
#[utoipa::path(
    delete,
    path = "/projects/{project}/domains/{domain}",
    operation_id = "domain_release",
    tag = "domains",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("domain" = DomainId, Path, description = "The claim's id."),
    ),
    responses((status = 204, description = "It is given up.")),
    extensions(("x-permission" = json!("domains.manage")))
)]
pub(super) async fn release(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(domain))): Path<(Parsed<ProjectRef>, Parsed<DomainId>)>,
) -> Result<StatusCode> {
    domains::release(&app, &caller, &project, domain).await?;
    Ok(StatusCode::NO_CONTENT)
}
