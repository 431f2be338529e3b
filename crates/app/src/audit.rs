//! Reading the audit log.

use croft_model::{id::TeamId, permissions::Permission};
pub use croft_store::audit::AuditEntry;

use crate::{App, Caller, Listed, Page, Result, teams::in_team};

/// A team's changes, newest first.
pub async fn of_team(
    app: &App,
    caller: &Caller,
    team: TeamId,
    page: Page,
) -> Result<Listed<AuditEntry>> {
    let (mut tx, _) = in_team(app, caller, team, Permission::AuditRead).await?;
    let entries = tx.audit_of(team, page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(entries, |e| e.id.uuid()))
}
