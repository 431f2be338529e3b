//! What happened in a team or project, as a list or a stream.

use croft_model::{access::Place, id::TeamId, permissions::Permission};
pub use croft_store::StreamHint;
pub use croft_store::events::Event;
use croft_store::events::Stream;

use crate::{
    App, Caller, Error, Result,
    projects::{ProjectRef, check_active, load_with},
    session::still_stands,
    teams::in_team,
};

/// Events of one stream that a caller may follow.
#[derive(Debug, Clone)]
pub struct Follow {
    stream: Stream,
    place: Place,
    team: TeamId,
    permission: Permission,
}

/// Opens a team's stream.
pub async fn of_team(app: &App, caller: &Caller, team: TeamId) -> Result<Follow> {
    let (tx, _) = in_team(app, caller, team, Permission::TeamRead).await?;
    tx.commit().await?;
    let place = Place::Team(team);
    Ok(Follow { stream: Stream::Team(team), place, team, permission: Permission::TeamRead })
}

/// Opens a project's stream. What happened in a deleted project can be read, but not followed:
/// [`Follow::still_allowed`] says so.
pub async fn of_project(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Follow> {
    let (tx, project, _) = load_with(app, caller, asked, Permission::ProjectRead).await?;
    tx.commit().await?;
    let place = Place::Project(project.team_id, project.id);
    Ok(Follow {
        stream: Stream::Project(project.id),
        place,
        team: project.team_id,
        permission: Permission::ProjectRead,
    })
}

impl Follow {
    /// Events after a place, oldest first, at most `limit`.
    pub async fn after(&self, app: &App, after: i64, limit: u32) -> Result<Vec<Event>> {
        let mut tx = app.store.team(self.team).await?;
        let events = tx.events_after(self.stream, after, limit.into()).await?;
        tx.commit().await?;
        Ok(events)
    }

    /// Events before a place, or the last ones; newest first, at most `limit`.
    pub async fn before(&self, app: &App, before: Option<i64>, limit: u32) -> Result<Vec<Event>> {
        let mut tx = app.store.team(self.team).await?;
        let end = tx.last_event(self.stream).await?.saturating_add(1);
        let end = before.map_or(end, |before| before.clamp(1, end));
        // Numbers have no gaps; only the oldest are gone after a while.
        let start = end.saturating_sub(i64::from(limit) + 1).max(0);
        let mut events = tx.events_after(self.stream, start, end - 1 - start).await?;
        tx.commit().await?;
        events.reverse();
        Ok(events)
    }

    /// The place of the last event.
    pub async fn last(&self, app: &App) -> Result<i64> {
        let mut tx = app.store.team(self.team).await?;
        let last = tx.last_event(self.stream).await?;
        tx.commit().await?;
        Ok(last)
    }

    /// Fails when the caller may no longer follow, and when the project is deleted.
    pub async fn still_allowed(&self, app: &App, caller: &Caller) -> Result<()> {
        let caller = still_stands(app, caller).await?;
        caller.principal.may(self.permission, self.place)?;
        let Place::Project(team, id) = self.place else { return Ok(()) };
        let mut tx = app.store.team(team).await?;
        let project = tx.project(id).await?;
        tx.commit().await?;
        check_active(&project.ok_or_else(|| Error::not_found("project", id))?)
    }

    /// What moves when there are new events. Taken before looking, it misses none.
    pub fn hint(&self, app: &App) -> StreamHint {
        app.store.hints().events(self.stream)
    }
}
