//! Seeing what is due.

use axum::extract::State;
use croft_app::{
    App,
    admin::{self, QueueRow},
};
use croft_model::{due::DueKind, id::ProjectId};
use croft_sdk::{admin::QueueEntry, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
};

/// What the installation has to do, soonest first, with how often it failed and why.
#[utoipa::path(
    get,
    path = "/admin/queue",
    operation_id = "admin_queue_list",
    tag = "admin",
    params(PageQuery),
    responses((status = 200, body = Page<QueueEntry>)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<QueueEntry>>> {
    let rows = admin::queue(&app, &caller, page.page()?).await?;
    Ok(page::answer(rows, answer))
}

fn answer(row: QueueRow) -> QueueEntry {
    let subject = match DueKind::parse(&row.kind) {
        Some(DueKind::ProjectPurge) => ProjectId::from_uuid(row.id).to_string(),
        Some(DueKind::Cleanup) | None => row.id.to_string(),
    };
    QueueEntry {
        kind: row.kind,
        subject,
        team_id: row.team,
        due_at: row.due_at,
        attempts: row.attempts,
        last_error: row.last_error,
        claimed_by: row.claimed_by,
    }
}
