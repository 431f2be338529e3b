//! Renaming, handing over and deleting a team.

use croft_model::{
    event::EventKind,
    id::{TeamId, UserId},
    name::Name,
    permissions::{Permission, Role},
};
use croft_store::{Purpose, teams::Team};
use serde_json::json;

use super::in_team;
use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
};

/// Changes a team's name.
pub async fn rename(app: &App, caller: &Caller, id: TeamId, name: Name) -> Result<Team> {
    let (mut tx, _) = in_team(app, caller, id, Permission::TeamUpdate).await?;
    let team = tx.find_team(id).await?.ok_or_else(|| Error::not_found("team", id))?;
    tx.rename_team(id, &name).await?;
    let change = Change {
        action: "team.rename",
        subject: id.to_string(),
        before: Some(json!({ "name": team.name })),
        after: Some(json!({ "name": name })),
    };
    audit(app, &mut tx, caller, Some(id), change).await?;
    tx.commit().await?;
    Ok(Team { name, ..team })
}

/// Makes another member the owner; the caller becomes an admin.
pub async fn transfer(app: &App, caller: &Caller, id: TeamId, to: UserId) -> Result<()> {
    let (mut tx, _) = in_team(app, caller, id, Permission::TeamTransfer).await?;
    tx.lock_team(id).await?;
    let team = tx.find_team(id).await?.ok_or_else(|| Error::not_found("team", id))?;
    if team.personal_of.is_some() {
        return Err(Error::Conflict(
            "a personal team stays its person's: make another team and move there".into(),
        ));
    }
    if to == caller.principal.user {
        return Err(Error::invalid("to", "you own the team already"));
    }
    let own = tx.member(id, caller.principal.user).await?;
    if own.is_none_or(|m| m.role != Role::Owner) {
        return Err(Error::Conflict("the team was handed over just now: look again".into()));
    }
    if tx.member(id, to).await?.is_none_or(|m| m.until.is_some()) {
        return Err(Error::invalid("to", "they are not a member of this team: invite them first"));
    }
    tx.set_member_role(id, caller.principal.user, Role::Admin).await?;
    tx.set_member_role(id, to, Role::Owner).await?;
    let change = Change {
        action: "team.transfer",
        subject: id.to_string(),
        before: Some(json!({ "owner": caller.principal.user })),
        after: Some(json!({ "owner": to })),
    };
    audit(app, &mut tx, caller, Some(id), change).await?;
    let payload = json!({ "role": Role::Owner });
    event(app, &mut tx, caller, Shows::Team(id), EventKind::MemberChanged, to.to_string(), payload)
        .await?;
    Ok(tx.commit().await?)
}

/// Deletes a team with all its projects. The personal one goes only with its account. Written to the
/// installation's log too, since nobody can read the team's any more.
pub async fn delete(app: &App, caller: &Caller, id: TeamId) -> Result<()> {
    let (tx, _) = in_team(app, caller, id, Permission::TeamDelete).await?;
    tx.commit().await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    tx.lock_team(id).await?;
    let team = tx.find_team(id).await?.ok_or_else(|| Error::not_found("team", id))?;
    if team.personal_of.is_some() {
        return Err(Error::Conflict("a personal team goes only with its account".into()));
    }
    for log in [Some(id), None] {
        let change = Change {
            action: "team.delete",
            subject: id.to_string(),
            before: Some(json!({ "name": team.name })),
            after: None,
        };
        audit(app, &mut tx, caller, log, change).await?;
    }
    tx.remove_team(id).await?;
    Ok(tx.commit().await?)
}
