//! Claims.

use croft_model::{
    domain::{ClaimState, HostPattern},
    event::EventKind,
    id::{DomainId, ProjectId},
    limits::check_room,
    permissions::Permission,
    project::Project,
};
use croft_store::{
    Purpose,
    domains::Domain,
    function_routes::FunctionRoute,
    idempotency::{Attempt, Before},
};
use data_encoding::BASE32_NOPAD;
use serde_json::json;

use super::{Hosts, is_default};
use crate::{
    App, Caller, Error, IdempotencyKey, Result,
    journal::{Change, Shows, audit, event},
    listing::key_used,
    projects::{ProjectRef, load},
};

/// A project's claims.
pub async fn list(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Vec<Domain>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::ProjectRead).await?;
    let domains = tx.domains(project.id).await?;
    tx.commit().await?;
    Ok(domains)
}

/// Claims a host or pattern. It routes nothing and blocks nobody until proven. With the key it came
/// with, the claim comes again as it is now.
pub async fn claim(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    pattern: HostPattern,
    key: Option<IdempotencyKey>,
) -> Result<Domain> {
    app.installation.zones.check_claimable(&pattern)?;
    let (tx, project, _) = load(app, caller, asked, Permission::DomainsManage).await?;
    tx.commit().await?;
    let is_within_another = is_within_another(app, project.id, &pattern).await?;
    let (mut tx, project, _) = load(app, caller, asked, Permission::DomainsManage).await?;
    let limits = tx.lock_team(project.team_id).await?;
    let limits = limits.ok_or_else(|| Error::not_found("project", asked))?;
    let id: DomainId = app.id();
    if let Some(key) = &key {
        let (user, team) = (caller.principal.user, project.team_id);
        let attempt = Attempt { user, key: &key.key, fingerprint: &key.fingerprint, team };
        match tx.attempt(attempt, id.uuid(), app.now()).await? {
            Before::Nothing => {}
            Before::Made(made) => {
                let own = tx.domains(project.id).await?;
                let made = own.into_iter().find(|domain| domain.id.uuid() == made);
                return made.ok_or_else(|| Error::Conflict("what this key made is gone".into()));
            }
            Before::Another => return Err(key_used()),
        }
    }
    check_room("domains", tx.count_domains(project.id).await?, limits.domains)?;
    let state = if is_within_another {
        ClaimState::Pending
    } else {
        app.installation.zones.first_state(&pattern)
    };
    let domain = Domain { id, ..new_claim(app, &project, pattern, state) };
    tx.add_domain(&domain).await.map_err(|error| taken(error, &domain))?;
    let after = json!({ "host": domain.pattern, "state": domain.state });
    let change = Change {
        action: "domain.claim",
        subject: domain.id.to_string(),
        before: None,
        after: Some(after.clone()),
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    let kind = match domain.state {
        ClaimState::Pending => EventKind::DomainClaimed,
        ClaimState::Proven => EventKind::DomainProven,
    };
    event(app, &mut tx, caller, shows, kind, domain.id.to_string(), after).await?;
    tx.commit().await?;
    Ok(domain)
}

/// A claim that is made now.
pub(crate) fn new_claim(
    app: &App,
    project: &Project,
    pattern: HostPattern,
    state: ClaimState,
) -> Domain {
    let random: [u8; 20] = app.entropy.bytes();
    Domain {
        id: app.id(),
        team: project.team_id,
        project: project.id,
        pattern,
        state,
        challenge: format!("croft-{}", BASE32_NOPAD.encode(&random).to_ascii_lowercase()),
        created_at: app.now(),
    }
}

/// Why a claim cannot be, or cannot count.
pub(crate) fn taken(error: croft_store::Error, claim: &Domain) -> Error {
    if error.is_constraint("domains_claim_key") {
        Error::Conflict(format!("the project claims `{}` already", claim.pattern.shape_key()))
    } else if error.is_constraint("domains_shape_key") {
        Error::Conflict(format!(
            "`{}` is proven to be another project's",
            claim.pattern.shape_key()
        ))
    } else {
        error.into()
    }
}

/// Whether another project holds what is claimed: who has proven a host holds what is below it, and
/// may let others have of it. The very same is refused.
async fn is_within_another(app: &App, project: ProjectId, pattern: &HostPattern) -> Result<bool> {
    let mut tx = app.store.system(Purpose::Uniqueness).await?;
    let above = tx.proven_above(project, pattern).await?;
    tx.commit_in_force().await?;
    match above {
        Some(above) if above.shape_key() == pattern.shape_key() => {
            Err(Error::Conflict(format!("`{pattern}` is proven to be another project's")))
        }
        above => Ok(above.is_some()),
    }
}

/// Gives a claim up. Not while there are routes for its hosts alone, which would lead nowhere.
pub async fn release(app: &App, caller: &Caller, asked: &ProjectRef, id: DomainId) -> Result<()> {
    let (tx, project, _) = load(app, caller, asked, Permission::DomainsManage).await?;
    tx.commit().await?;
    let is_default = is_default(app, project.id).await?;
    let (mut tx, project, _) = load(app, caller, asked, Permission::DomainsManage).await?;
    tx.lock_team(project.team_id).await?;
    let hosts = Hosts::of(app, &mut tx, &project, is_default).await?;
    let routes = tx.routes(project.id).await?;
    let bound = |route: &&FunctionRoute| {
        let host = route.route.pattern.host.as_ref();
        host.is_some_and(|host| !hosts.cover(host, hosts.claim(id)))
    };
    if let Some(route) = routes.iter().find(bound) {
        return Err(Error::Conflict(format!(
            "the route `{}` is for a host of this domain alone; remove it first: croft route remove {}",
            route.route.pattern, route.route.id
        )));
    }
    if !tx.remove_domain(project.id, id).await? {
        return Err(Error::NotFound(format!("the project has no claim `{id}`")));
    }
    let change =
        Change { action: "domain.release", subject: id.to_string(), before: None, after: None };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    event(app, &mut tx, caller, shows, EventKind::DomainReleased, id.to_string(), json!({}))
        .await?;
    Ok(tx.commit_in_force().await?)
}
