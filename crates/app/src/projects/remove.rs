//! Deleting a project, and bringing it back within its grace period.

use croft_model::{
    due::DueKind,
    event::EventKind,
    permissions::Permission,
    project::{Project, State, WrongState},
};
use serde_json::json;

use super::{ProjectRef, create::seen, load_with};
use crate::{
    App, Caller, Error, Result, Seen,
    journal::{Change, Shows, audit, event},
};

impl From<WrongState> for Error {
    fn from(wrong: WrongState) -> Self {
        Self::Conflict(wrong.to_string())
    }
}

/// Takes a project away at once and for good after its grace period. Deleting it again changes
/// nothing.
pub async fn delete(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<()> {
    let (mut tx, project, _) = load_with(app, caller, asked, Permission::ProjectDelete).await?;
    let project = match project.delete(app.now()) {
        Ok(project) => tx.save_project(project).await?,
        Err(WrongState::AlreadyDeleted | WrongState::NotDeleted) => return Ok(()),
    };
    if let State::Deleted { purge_at, .. } = project.state {
        let team = Some(project.team_id);
        tx.set_due(DueKind::ProjectPurge, project.id.uuid(), team, purge_at).await?;
    }
    let after = match project.state {
        State::Deleted { purge_at, .. } => Some(json!({ "purge_at": purge_at.unix_timestamp() })),
        State::Active => None,
    };
    written(app, &mut tx, caller, &project, "project.delete", EventKind::ProjectDeleted, after)
        .await?;
    Ok(tx.commit().await?)
}

/// Brings a deleted project back as it was.
pub async fn restore(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Seen<Project>> {
    let (mut tx, project, _) = load_with(app, caller, asked, Permission::ProjectDelete).await?;
    let project = tx.save_project(project.restore()?).await?;
    tx.clear_due(DueKind::ProjectPurge, project.id.uuid()).await?;
    written(app, &mut tx, caller, &project, "project.restore", EventKind::ProjectRestored, None)
        .await?;
    tx.commit().await?;
    Ok(seen(caller, project))
}

async fn written(
    app: &App,
    tx: &mut croft_store::Tx<croft_store::Team>,
    caller: &Caller,
    project: &Project,
    action: &'static str,
    kind: EventKind,
    after: Option<serde_json::Value>,
) -> Result<()> {
    let subject = project.id.to_string();
    let change = Change { action, subject: subject.clone(), before: None, after };
    audit(app, tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Both(project.team_id, project.id);
    event(app, tx, caller, shows, kind, subject, json!({ "name": project.name })).await
}
