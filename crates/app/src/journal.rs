//! Writing down what was done, in the transaction that does it: the audit log and the events.

use croft_model::{
    audit::Means,
    event::EventKind,
    id::{ProjectId, TeamId},
};
use croft_store::{
    Scope, Tx,
    audit::AuditEntry,
    events::{NewEvent, Stream},
};
use serde_json::Value;

use crate::{App, Caller, Origin, Result};

/// Who did something, for the log.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The e-mail, unless Croft itself acted.
    pub(crate) email: Option<String>,
    /// The name, for events.
    pub(crate) name: Option<String>,
    pub(crate) means: Means,
    pub(crate) origin: Origin,
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self {
            email: Some(caller.principal.email.to_string()),
            name: Some(caller.principal.name.to_string()),
            means: caller.means(),
            origin: caller.origin,
        }
    }
}

/// What was done. Neither side ever holds a secret.
#[derive(Debug)]
pub(crate) struct Change {
    /// What, like `project.create`.
    pub(crate) action: &'static str,
    /// To what, by id.
    pub(crate) subject: String,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// Writes a change into a team's audit log, or into the installation's.
pub(crate) async fn audit<S: Scope>(
    app: &App,
    tx: &mut Tx<S>,
    actor: impl Into<Actor>,
    team: Option<TeamId>,
    change: Change,
) -> Result<()> {
    let actor = actor.into();
    let entry = AuditEntry {
        id: app.id(),
        team,
        at: app.now(),
        actor: actor.email,
        means: actor.means,
        action: change.action.to_owned(),
        subject: change.subject,
        address: actor.origin.address.map(|a| a.to_string()),
        request: actor.origin.request.map(|r| r.to_string()),
        before: change.before,
        after: change.after,
    };
    Ok(tx.add_audit(&entry).await?)
}

/// Where an event shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shows {
    /// In the team's stream.
    Team(TeamId),
    /// In the project's stream.
    Project(TeamId, ProjectId),
    /// In both: what happens to a project as a whole.
    Both(TeamId, ProjectId),
}

/// Writes an event.
pub(crate) async fn event<S: Scope>(
    app: &App,
    tx: &mut Tx<S>,
    actor: impl Into<Actor>,
    shows: Shows,
    kind: EventKind,
    subject: String,
    payload: Value,
) -> Result<()> {
    let (team, project) = match shows {
        Shows::Team(team) => (team, None),
        Shows::Project(team, project) | Shows::Both(team, project) => (team, Some(project)),
    };
    let event =
        NewEvent { team, project, kind, subject, actor: actor.into().name, payload, at: app.now() };
    // Always in this order, so that two writers never wait for each other.
    if let Shows::Team(team) | Shows::Both(team, _) = shows {
        tx.add_event(Stream::Team(team), &event).await?;
    }
    if let Shows::Project(_, project) | Shows::Both(_, project) = shows {
        tx.add_event(Stream::Project(project), &event).await?;
    }
    Ok(())
}
