//! Seeing teams.

use croft_model::{access::Place, id::TeamId, limits::Limits, permissions::Permission};
use croft_store::teams::{Member, Team, Used};

use super::in_team;
use crate::{App, Caller, Error, Result};

/// What a team may have and has.
#[derive(Debug, Clone)]
pub struct TeamLimits {
    /// The plan's name.
    pub plan: String,
    /// What is allowed.
    pub allowed: Limits,
    /// What is in use.
    pub used: Used,
}

/// One's teams.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Team>> {
    let mut ids = caller.principal.visible_teams();
    ids.retain(|id| caller.principal.may(Permission::TeamRead, Place::Team(*id)).is_ok());
    let mut tx = app.store.teams(&ids).await?;
    let mut teams = Vec::with_capacity(ids.len());
    for id in ids {
        teams.extend(tx.find_team(id).await?);
    }
    tx.commit().await?;
    Ok(teams)
}

/// One team.
pub async fn get(app: &App, caller: &Caller, team: TeamId) -> Result<Team> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TeamRead).await?;
    let found = tx.find_team(team).await?;
    tx.commit().await?;
    found.ok_or_else(|| Error::not_found("team", team))
}

/// What a team may have and has.
pub async fn limits(app: &App, caller: &Caller, team: TeamId) -> Result<TeamLimits> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TeamRead).await?;
    let limits = tx.team_limits(team).await?;
    let used = tx.team_used(team, app.now()).await?;
    tx.commit().await?;
    let (plan, allowed) = limits.ok_or_else(|| Error::not_found("team", team))?;
    Ok(TeamLimits { plan, allowed, used })
}

/// Who is in a team.
pub async fn members(app: &App, caller: &Caller, team: TeamId) -> Result<Vec<Member>> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TeamRead).await?;
    let members = tx.members(team).await?;
    tx.commit().await?;
    Ok(members)
}
