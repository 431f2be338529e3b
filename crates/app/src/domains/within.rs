//! What others claim within a project's domains: nothing, until it lets them (decision 11).

use croft_model::{
    domain::ClaimState,
    event::EventKind,
    id::{DomainId, ProjectId, TeamId},
    permissions::Permission,
};
use croft_store::{
    Purpose, System, Tx,
    domains::{Domain, DomainSummary},
};
use serde_json::json;

use super::taken;
use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
    projects::{ProjectRef, load},
};

/// Claims of other projects that lie within what this one has proven, newest first, at most 200.
pub async fn within(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Vec<DomainSummary>> {
    let (own, _) = proven(app, caller, asked).await?;
    let mut tx = app.store.system(Purpose::Uniqueness).await?;
    let found = tx.domains_within(&own).await?;
    tx.commit().await?;
    Ok(found)
}

/// Lets another project have a host within one of this project's domains: its claim counts from
/// now on.
pub async fn allow(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    id: DomainId,
) -> Result<DomainSummary> {
    decide(app, caller, asked, id, ClaimState::Proven).await
}

/// Takes that back: the claim is pending again, and leads nowhere.
pub async fn disallow(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    id: DomainId,
) -> Result<DomainSummary> {
    decide(app, caller, asked, id, ClaimState::Pending).await
}

/// The caller's project's proven claims, if they may decide about them.
async fn proven(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
) -> Result<(Vec<Domain>, (TeamId, ProjectId))> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::DomainsManage).await?;
    let mut own = tx.domains(project.id).await?;
    tx.commit().await?;
    own.retain(|claim| claim.state == ClaimState::Proven);
    Ok((own, (project.team_id, project.id)))
}

async fn decide(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    id: DomainId,
    state: ClaimState,
) -> Result<DomainSummary> {
    let (own, owner) = proven(app, caller, asked).await?;
    let missing = || Error::NotFound(format!("no claim `{id}` lies within this project's domains"));
    let mut tx = app.store.system(Purpose::Uniqueness).await?;
    tx.lock_domain(id).await?;
    let mut claims = tx.domains_within(&own).await?.into_iter();
    let mut found = claims.find(|found| found.domain.id == id).ok_or_else(missing)?;
    if found.domain.state != state {
        tx.set_domain_state(&found.domain, state)
            .await
            .map_err(|error| taken(error, &found.domain))?;
        found.domain.state = state;
        written(app, &mut tx, caller, owner, &found.domain).await?;
    }
    tx.commit_in_force().await?;
    Ok(found)
}

/// Writes it down for both teams, and shows it where the claim is.
async fn written(
    app: &App,
    tx: &mut Tx<System>,
    caller: &Caller,
    (team, project): (TeamId, ProjectId),
    claim: &Domain,
) -> Result<()> {
    let action = match claim.state {
        ClaimState::Proven => "domain.allow",
        ClaimState::Pending => "domain.disallow",
    };
    let after = json!({ "host": claim.pattern, "within": project, "state": claim.state });
    let mut teams = vec![team, claim.team];
    teams.dedup();
    for log in teams {
        let subject = claim.id.to_string();
        let change = Change { action, subject, before: None, after: Some(after.clone()) };
        audit(app, tx, caller, Some(log), change).await?;
    }
    let kind = match claim.state {
        ClaimState::Proven => EventKind::DomainProven,
        ClaimState::Pending => EventKind::DomainClaimed,
    };
    let shows = Shows::Project(claim.team, claim.project);
    event(app, tx, caller, shows, kind, claim.id.to_string(), after).await
}
