//! Making, seeing and taking back invitations.

use croft_model::{
    id::{InvitationId, TeamId},
    limits::check_room,
    permissions::{Permission, Role},
    token::{Secret, SecretKind},
    user::Email,
};
use croft_store::{
    SecretHash,
    invitations::{Invitation, NamedInvitation},
};
use serde_json::json;
use time::Duration;

use crate::{
    App, Caller, Error, IdempotencyKey, Result,
    journal::{Change, audit},
    listing::once,
    teams::in_team,
};

/// How long an invitation is good.
const LIFE: Duration = Duration::days(7);

/// A fresh invitation with its secret.
#[derive(Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// What goes behind the `#` of the link.
    pub secret: Secret,
}

/// Invites someone: whoever has the link, or only the holder of an e-mail. With the key it came
/// with, the invitation comes again with another link.
pub async fn invite(
    app: &App,
    caller: &Caller,
    team: TeamId,
    email: Option<Email>,
    role: Role,
    key: Option<IdempotencyKey>,
) -> Result<Invited> {
    if role == Role::Owner {
        return Err(Error::invalid("role", "viewer, developer or admin: a team has one owner"));
    }
    let (mut tx, _) = in_team(app, caller, team, Permission::MembersManage).await?;
    let limits = tx.lock_team(team).await?.ok_or_else(|| Error::not_found("team", team))?;
    let id = once(app, &mut tx, caller, team, key.as_ref(), app.id(), async |tx, id| {
        tx.remove_invitation(team, id).await
    })
    .await?;
    check_room("members", tx.team_used(team, app.now()).await?.members, limits.members)?;
    if let Some(email) = &email
        && tx.members(team).await?.iter().any(|m| m.email == *email)
    {
        return Err(Error::Conflict(format!("{email} is a member already")));
    }
    let secret = Secret::from_random(SecretKind::Invitation, app.entropy.bytes());
    let invitation = Invitation {
        id,
        team,
        email,
        role,
        invited_by: Some(caller.principal.user),
        created_at: app.now(),
        expires_at: app.now() + LIFE,
    };
    tx.add_invitation(&invitation, &SecretHash::of(&secret)).await?;
    let change = Change {
        action: "member.invite",
        subject: invitation.id.to_string(),
        before: None,
        after: Some(json!({ "email": invitation.email, "role": role })),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    tx.commit().await?;
    Ok(Invited { invitation, secret })
}

/// A team's open invitations.
pub async fn list(app: &App, caller: &Caller, team: TeamId) -> Result<Vec<NamedInvitation>> {
    let (mut tx, _) = in_team(app, caller, team, Permission::MembersManage).await?;
    let open = tx.invitations(team, app.now()).await?;
    tx.commit().await?;
    Ok(open)
}

/// Takes an invitation back.
pub async fn revoke(app: &App, caller: &Caller, team: TeamId, id: InvitationId) -> Result<()> {
    let (mut tx, _) = in_team(app, caller, team, Permission::MembersManage).await?;
    if !tx.remove_invitation(team, id).await? {
        return Err(Error::NotFound(format!("there is no open invitation `{id}`")));
    }
    let change =
        Change { action: "member.uninvite", subject: id.to_string(), before: None, after: None };
    audit(app, &mut tx, caller, Some(team), change).await?;
    Ok(tx.commit().await?)
}
