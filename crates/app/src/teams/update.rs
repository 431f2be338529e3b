//! Renaming, handing over and deleting a team.

use croft_model::{
    event::EventKind,
    id::{TeamId, UserId},
    name::Name,
    permissions::{Permission, Role},
};
use croft_store::teams::Team;
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
    let members = tx.members(id).await?;
    if !members.iter().any(|m| m.user == to && m.until.is_none()) {
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

/// Deletes a team with all its projects. The personal one goes only with its account.
pub async fn delete(app: &App, caller: &Caller, id: TeamId) -> Result<()> {
    let (mut tx, _) = in_team(app, caller, id, Permission::TeamDelete).await?;
    let team = tx.find_team(id).await?.ok_or_else(|| Error::not_found("team", id))?;
    if team.personal_of.is_some() {
        return Err(Error::Conflict("a personal team goes only with its account".into()));
    }
    let change = Change {
        action: "team.delete",
        subject: id.to_string(),
        before: Some(json!({ "name": team.name })),
        after: None,
    };
    audit(app, &mut tx, caller, Some(id), change).await?;
    tx.remove_team(id).await?;
    Ok(tx.commit().await?)
}
