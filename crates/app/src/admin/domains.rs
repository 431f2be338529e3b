//! Claims of hosts, as the operator sees them and decides on them (decision 11).

use croft_model::{
    domain::{ClaimState, HostPattern},
    event::EventKind,
    id::{DomainId, ProjectId},
    limits::check_room,
    permissions::Permission::{InstallationManage, InstallationRead},
};
use croft_store::{
    Purpose, System, Tx,
    domains::{Domain, DomainSummary},
};
use serde_json::json;

use super::operator;
use crate::{
    App, Caller, Error, Listed, Page, Result,
    domains::{new_claim, taken},
    journal::{Change, Shows, audit, event},
};

/// All claims of the installation, newest first; only those of one pattern when it is given.
pub async fn list_domains(
    app: &App,
    caller: &Caller,
    host: Option<&HostPattern>,
    page: Page,
) -> Result<Listed<DomainSummary>> {
    let _grant = operator(caller, InstallationRead)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let claims = tx.all_domains(host, page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(claims, |claim| claim.domain.id.uuid()))
}

/// Lets a claim count, on the operator's word instead of its TXT record. Claims of the same by
/// others stay pending, and lead nowhere.
pub async fn prove_domain(app: &App, caller: &Caller, id: DomainId) -> Result<Domain> {
    let _grant = operator(caller, InstallationManage)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let claim = tx.lock_domain(id).await?;
    let mut claim = claim.ok_or_else(|| Error::NotFound(format!("there is no claim `{id}`")))?;
    app.installation.zones.check_grantable(&claim.pattern)?;
    if claim.state == ClaimState::Pending {
        tx.set_domain_state(&claim, ClaimState::Proven)
            .await
            .map_err(|error| taken(error, &claim))?;
        claim.state = ClaimState::Proven;
        written(app, &mut tx, caller, &claim, "domain.prove").await?;
    }
    tx.commit_in_force().await?;
    Ok(claim)
}

/// Gives a host to a project, proven: also one that nobody may claim by themselves, as the
/// installation's own domain and what is below it.
pub async fn grant_domain(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    pattern: HostPattern,
) -> Result<Domain> {
    let _grant = operator(caller, InstallationManage)?;
    app.installation.zones.check_grantable(&pattern)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let missing = || Error::NotFound(format!("there is no project `{project}`"));
    let found = tx.project(project).await?.ok_or_else(missing)?;
    let limits = tx.lock_team(found.team_id).await?.ok_or_else(missing)?;
    let own = tx.domains(project).await?;
    if let Some(there) = own.into_iter().find(|d| d.pattern.shape_key() == pattern.shape_key()) {
        let id = there.id;
        tx.commit().await?;
        return prove_domain(app, caller, id).await;
    }
    check_room("domains", tx.count_domains(project).await?, limits.domains)?;
    let claim = new_claim(app, &found, pattern, ClaimState::Proven);
    tx.add_domain(&claim).await.map_err(|error| taken(error, &claim))?;
    written(app, &mut tx, caller, &claim, "domain.grant").await?;
    tx.commit_in_force().await?;
    Ok(claim)
}

/// Writes down what an operator decided, for the installation, the team and the project.
async fn written(
    app: &App,
    tx: &mut Tx<System>,
    caller: &Caller,
    claim: &Domain,
    action: &'static str,
) -> Result<()> {
    let after = json!({ "host": claim.pattern, "project": claim.project, "state": "proven" });
    for log in [Some(claim.team), None] {
        let subject = claim.id.to_string();
        let change = Change { action, subject, before: None, after: Some(after.clone()) };
        audit(app, tx, caller, log, change).await?;
    }
    let shows = Shows::Project(claim.team, claim.project);
    event(app, tx, caller, shows, EventKind::DomainProven, claim.id.to_string(), after).await
}
