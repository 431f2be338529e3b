//! Finding the project a request is about, and whether its caller may.

use std::{fmt, str::FromStr};

use croft_model::{
    Invalid,
    access::{Place, Refused},
    id::ProjectId,
    name::Slug,
    permissions::Permission,
    project::{Project, State},
};
use croft_store::{Team, Tx};

use crate::{App, Caller, Error, Grant, Result, authorize};

/// A project as a request names it: by id, or by slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    /// `prj_...`
    Id(ProjectId),
    /// Its slug, or one it had.
    Slug(Slug),
}

impl FromStr for ProjectRef {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.starts_with("prj_") {
            text.parse().map(Self::Id)
        } else {
            text.parse().map(Self::Slug)
        }
    }
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// The open transaction, the project and the grant. A deleted project is a conflict.
pub(crate) async fn load(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    permission: Permission,
) -> Result<(Tx<Team>, Project, Grant)> {
    let (tx, project, grant) = load_with(app, caller, asked, permission).await?;
    check_active(&project)?;
    Ok((tx, project, grant))
}

/// Passes when the project is not deleted.
pub(crate) fn check_active(project: &Project) -> Result<()> {
    match project.state {
        State::Active => Ok(()),
        State::Deleted { .. } => Err(Error::Conflict(format!(
            "the project `{}` is deleted; restore it first: croft project restore {}",
            project.name, project.slug
        ))),
    }
}

/// The same, for a project that may be deleted.
pub(crate) async fn load_with(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    permission: Permission,
) -> Result<(Tx<Team>, Project, Grant)> {
    let unseen = || Error::not_found("project", asked);
    let mut tx = app.store.teams(&caller.principal.visible_teams()).await?;
    let project = match asked {
        ProjectRef::Id(id) => tx.project(*id).await?,
        ProjectRef::Slug(slug) => match tx.project_by_slug(slug).await? {
            Some(project) => Some(project),
            None => {
                let moved = tx.project_by_old_slug(slug).await?.filter(|p| sees(caller, p));
                return Err(moved.map_or_else(unseen, |project| Error::Moved(project.slug)));
            }
        },
    };
    let project = project.ok_or_else(unseen)?;
    let team = project.team_id;
    #[cfg(feature = "planted")]
    let team = if crate::planted::is(crate::planted::Fault::WrongTeam) {
        caller.principal.visible_teams().first().copied().unwrap_or(team)
    } else {
        team
    };
    let grant = authorize(caller, permission, Place::Project(team, project.id))
        .map_err(|error| if matches!(error, Error::NotFound(_)) { unseen() } else { error })?;
    Ok((tx, project, grant))
}

fn sees(caller: &Caller, project: &Project) -> bool {
    let place = Place::Project(project.team_id, project.id);
    !matches!(caller.principal.may(Permission::ProjectRead, place), Err(Refused::Unseen))
}
