//! What others claim within a project's domains.

use axum::extract::State;
use croft_app::{App, Listed, domains, projects::ProjectRef};
use croft_model::id::DomainId;
use croft_sdk::{domains::ClaimedDomain, page::Page};

use super::answer_claimed;
use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    page,
};

/// Claims of other projects that lie within this project's proven domains, newest first, the latest
/// 200.
#[utoipa::path(
    get,
    path = "/projects/{project}/domains/within",
    operation_id = "domain_within_list",
    tag = "domains",
    params(("project" = String, Path, description = "The project's id or slug.")),
    responses((status = 200, body = Page<ClaimedDomain>)),
    extensions(("x-permission" = json!("domains.manage")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
) -> Result<Json<Page<ClaimedDomain>>> {
    let claims = domains::within(&app, &caller, &project).await?;
    Ok(page::answer(Listed::all(claims), answer_claimed))
}

/// Lets another project have a host within one of this project's domains.
///
/// Its claim counts from now on, without a TXT record.
#[utoipa::path(
    post,
    path = "/projects/{project}/domains/{claim}/allow",
    operation_id = "domain_allow",
    tag = "domains",
    params(
        ("project" = String, Path, description = "The id or slug of the project that has the domain."),
        ("claim" = DomainId, Path, description = "The claim's id, of another project."),
    ),
    responses((status = 200, body = ClaimedDomain)),
    extensions(("x-permission" = json!("domains.manage")))
)]
pub(super) async fn allow(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(claim))): Path<(Parsed<ProjectRef>, Parsed<DomainId>)>,
) -> Result<Json<ClaimedDomain>> {
    Ok(Json(answer_claimed(domains::allow(&app, &caller, &project, claim).await?)))
}

/// Takes a host within one of this project's domains back: the other project's claim is pending
/// again, and leads nowhere.
#[utoipa::path(
    post,
    path = "/projects/{project}/domains/{claim}/disallow",
    operation_id = "domain_disallow",
    tag = "domains",
    params(
        ("project" = String, Path, description = "The id or slug of the project that has the domain."),
        ("claim" = DomainId, Path, description = "The claim's id, of another project."),
    ),
    responses((status = 200, body = ClaimedDomain)),
    extensions(("x-permission" = json!("domains.manage")))
)]
pub(super) async fn disallow(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(claim))): Path<(Parsed<ProjectRef>, Parsed<DomainId>)>,
) -> Result<Json<ClaimedDomain>> {
    Ok(Json(answer_claimed(domains::disallow(&app, &caller, &project, claim).await?)))
}
