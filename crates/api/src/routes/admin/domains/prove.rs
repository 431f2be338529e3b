//! Letting a claim count.

use axum::extract::State;
use croft_app::{App, admin};
use croft_model::id::DomainId;
use croft_sdk::domains::Domain;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
    routes::domains::answer,
};

/// Lets a claim count, on the operator's word instead of its TXT record.
///
/// Claims of the same by others stay pending and lead nowhere. Of what is proven for a project
/// already, no other can be.
#[utoipa::path(
    post,
    path = "/admin/domains/{domain}/prove",
    operation_id = "admin_domain_prove",
    tag = "admin",
    params(("domain" = DomainId, Path, description = "The claim's id.")),
    responses((status = 200, body = Domain)),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn prove(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(domain)): Path<Parsed<DomainId>>,
) -> Result<Json<Domain>> {
    Ok(Json(answer(admin::prove_domain(&app, &caller, domain).await?)))
}
