//! Reading a team's audit log.

use axum::extract::State;
use croft_app::{App, audit};
use croft_model::id::TeamId;
use croft_sdk::{audit::AuditEntry, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
    page::{self, PageQuery},
};

/// Every change in a team, newest first: who, what, when, from where, before and after.
#[utoipa::path(
    get,
    path = "/teams/{team}/audit",
    operation_id = "audit_list",
    tag = "audit",
    params(("team" = TeamId, Path, description = "The team's id."), PageQuery),
    responses((status = 200, body = Page<AuditEntry>)),
    extensions(("x-permission" = json!("audit.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    let entries = audit::of_team(&app, &caller, team, page.page()?).await?;
    Ok(page::answer(entries, super::answer))
}
