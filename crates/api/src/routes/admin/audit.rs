//! Reading the installation's audit log.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::{audit::AuditEntry, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
    routes::audit,
};

/// Every change of the installation itself, newest first. What happens in teams is in theirs.
#[utoipa::path(
    get,
    path = "/admin/audit",
    operation_id = "admin_audit_list",
    tag = "admin",
    params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    let entries = admin::audit(&app, &caller, page.page()?).await?;
    Ok(page::answer(entries, audit::answer))
}
