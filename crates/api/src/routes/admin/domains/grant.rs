//! Giving a host to a project.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::{admin::GrantDomain, domains::Domain};

use crate::{auth::Authenticated, body::Json, error::Result, routes::domains::answer};

/// Gives a host to a project, proven: also one that nobody may claim, as the installation's own
/// domain.
#[utoipa::path(
    put,
    path = "/admin/domains",
    operation_id = "admin_domain_grant",
    tag = "admin",
    request_body(content = GrantDomain, example = json!({
        "project_id": "prj_aaaaaaaaaaaaaaaaaaaaaaaaaa", "host": "*.example.com",
    })),
    responses((status = 200, body = Domain)),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn grant(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Json(GrantDomain { project_id, host }): Json<GrantDomain>,
) -> Result<Json<Domain>> {
    Ok(Json(answer(admin::grant_domain(&app, &caller, project_id, host).await?)))
}
