//! Claiming a domain.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, domains, projects::ProjectRef};
use croft_sdk::domains::{ClaimDomain, Domain};

use crate::{
    auth::Authenticated,
    body::{Create, Json, Parsed, Path},
    error::Result,
};

/// Claims a host, or a pattern of hosts, for a project.
///
/// A claim is `pending` until the TXT record in `proof` is published; until then it leads nowhere
/// and keeps nobody else from claiming the same.
#[utoipa::path(
    post,
    path = "/projects/{project}/domains",
    operation_id = "domain_claim",
    tag = "domains",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("Idempotency-Key" = Option<String>, Header, max_length = 64, description = "Makes repeating it safe."),
    ),
    request_body(content = ClaimDomain, example = json!({ "host": "shop.example.com" })),
    responses((status = 201, body = Domain)),
    extensions(("x-permission" = json!("domains.manage")))
)]
pub(super) async fn claim(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Create(body, key): Create<ClaimDomain>,
) -> Result<(StatusCode, Json<Domain>)> {
    let claimed = domains::claim(&app, &caller, &project, body.host, key).await?;
    Ok((StatusCode::CREATED, Json(super::answer(claimed))))
}
