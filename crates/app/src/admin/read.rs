//! Lists for the operator.

use croft_model::permissions::Permission::InstallationRead;
use croft_store::{Purpose, audit::AuditEntry, due::QueueRow, teams::TeamSummary, users::User};

use super::operator;
use crate::{App, Caller, Listed, Page, Result};

/// All accounts, newest first.
pub async fn list_users(app: &App, caller: &Caller, page: Page) -> Result<Listed<User>> {
    let _grant = operator(caller, InstallationRead)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let users = tx.users(page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(users, |u| u.id.uuid()))
}

/// All teams with their sizes, newest first.
pub async fn list_teams(app: &App, caller: &Caller, page: Page) -> Result<Listed<TeamSummary>> {
    let _grant = operator(caller, InstallationRead)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let teams = tx.teams(page.request(), app.now()).await?;
    tx.commit().await?;
    Ok(page.cut(teams, |t| t.team.id.uuid()))
}

/// What is due, soonest first.
pub async fn queue(app: &App, caller: &Caller, page: Page) -> Result<Listed<QueueRow>> {
    let _grant = operator(caller, InstallationRead)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let rows = tx.queue(page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(rows, |r| r.id))
}

/// The installation's own changes, newest first.
pub async fn audit(app: &App, caller: &Caller, page: Page) -> Result<Listed<AuditEntry>> {
    let _grant = operator(caller, InstallationRead)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let entries = tx.audit_of_installation(page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(entries, |e| e.id.uuid()))
}
