//! Seeing projects.

use croft_model::{access::Place, id::TeamId, permissions::Permission, project::Project};
use croft_store::projects::ProjectFilter;

use super::{ProjectRef, create::seen, load_with};
use crate::{App, Caller, Error, Listed, Page, Result, Seen, authorize};

/// Which projects are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProjectQuery {
    /// Only this team's.
    pub team: Option<TeamId>,
    /// Deleted ones in place of those that are there.
    pub deleted: bool,
}

/// One project, deleted or not.
pub async fn get(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Seen<Project>> {
    let (tx, project, _) = load_with(app, caller, asked, Permission::ProjectRead).await?;
    tx.commit().await?;
    Ok(seen(caller, project))
}

/// The projects of all the caller's teams or of one, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    query: ProjectQuery,
    page: Page,
) -> Result<Listed<Seen<Project>>> {
    let teams = caller.principal.visible_teams();
    let only = caller.principal.only_project();
    // All of one's own teams too: a token without the scope for any is told so.
    for team in query.team.map_or_else(|| teams.clone(), |team| vec![team]) {
        let place = only.map_or(Place::Team(team), |project| Place::Project(team, project));
        let _grant = authorize(caller, Permission::ProjectRead, place).map_err(|e| {
            if matches!(e, Error::NotFound(_)) { Error::not_found("team", team) } else { e }
        })?;
    }
    let filter = ProjectFilter { team: query.team, only, deleted: query.deleted };
    let mut tx = app.store.teams(&teams).await?;
    let projects = tx.projects(filter, page.request()).await?;
    tx.commit().await?;
    let listed = page.cut(projects, |p| p.id.uuid());
    Ok(listed.map(|project| seen(caller, project)))
}
