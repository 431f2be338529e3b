//! Changing and removing members.

use croft_model::{
    event::EventKind,
    id::{TeamId, UserId},
    permissions::{Permission, Role},
};
use croft_store::{Team, Tx, teams::Member};
use serde_json::json;

use super::in_team;
use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
};

/// Sets a member's role, anything but owner.
pub async fn set_role(
    app: &App,
    caller: &Caller,
    team: TeamId,
    user: UserId,
    role: Role,
) -> Result<Member> {
    if role == Role::Owner {
        return Err(Error::invalid("role", "a team has one owner: hand it over instead"));
    }
    let (mut tx, _) = in_team(app, caller, team, Permission::MembersManage).await?;
    // Held, so that it is not handed over meanwhile.
    tx.lock_team(team).await?;
    let member = find(&mut tx, team, user).await?;
    if member.role == Role::Owner {
        return Err(Error::Conflict(
            "the owner's role changes only by handing the team over".into(),
        ));
    }
    tx.set_member_role(team, user, role).await?;
    if role < Role::Admin {
        // Who may invite no longer, has invited nobody.
        tx.remove_invitations_by(team, user).await?;
    }
    let change = Change {
        action: "member.set_role",
        subject: user.to_string(),
        before: Some(json!({ "role": member.role })),
        after: Some(json!({ "role": role })),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    let payload = json!({ "role": role });
    event(
        app,
        &mut tx,
        caller,
        Shows::Team(team),
        EventKind::MemberChanged,
        user.to_string(),
        payload,
    )
    .await?;
    tx.commit().await?;
    Ok(Member { role, ..member })
}

/// Removes a member with their tokens for the team. Everyone may remove themselves but the owner.
pub async fn remove_member(app: &App, caller: &Caller, team: TeamId, user: UserId) -> Result<()> {
    let leaving = user == caller.principal.user;
    let permission = if leaving { Permission::TeamRead } else { Permission::MembersManage };
    let (mut tx, _) = in_team(app, caller, team, permission).await?;
    if leaving && caller.principal.session().is_none() {
        return Err(Error::Forbidden("a token cannot leave a team for its maker: sign in".into()));
    }
    tx.lock_team(team).await?;
    let member = find(&mut tx, team, user).await?;
    if member.role == Role::Owner {
        return Err(Error::Conflict("the owner cannot go: hand the team over first".into()));
    }
    let change = Change {
        action: if leaving { "member.leave" } else { "member.remove" },
        subject: user.to_string(),
        before: Some(json!({ "role": member.role })),
        after: None,
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    event(
        app,
        &mut tx,
        caller,
        Shows::Team(team),
        EventKind::MemberRemoved,
        user.to_string(),
        json!({}),
    )
    .await?;
    tx.remove_member(team, user).await?;
    Ok(tx.commit().await?)
}

async fn find(tx: &mut Tx<Team>, team: TeamId, user: UserId) -> Result<Member> {
    let member = tx.member(team, user).await?;
    member.ok_or_else(|| Error::NotFound(format!("`{user}` is not a member of this team")))
}
