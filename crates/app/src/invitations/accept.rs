//! Using an invitation.

use croft_model::{
    event::EventKind,
    id::TeamId,
    token::{Secret, SecretKind},
};
use croft_store::{
    Purpose, SecretHash, System, Tx, invitations::NamedInvitation, teams::NewMember,
};
use serde_json::json;

use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
};

/// What an invitation is good for, for whoever has its link.
pub async fn inspect(app: &App, secret: &str) -> Result<NamedInvitation> {
    let mut tx = app.store.system(Purpose::Join).await?;
    let found = find(app, &mut tx, secret).await?;
    tx.commit().await?;
    Ok(found)
}

async fn find(app: &App, tx: &mut Tx<System>, secret: &str) -> Result<NamedInvitation> {
    let gone =
        || Error::NotFound("this invitation is not good (any more): ask for a fresh one".into());
    let secret =
        Secret::parse(secret).filter(|s| s.kind() == SecretKind::Invitation).ok_or_else(gone)?;
    tx.invitation_by_secret(&SecretHash::of(&secret), app.now()).await?.ok_or_else(gone)
}

/// Joins the team. Needs a sign-in, as the e-mail the invitation names if it names one.
pub async fn accept(app: &App, caller: &Caller, secret: &str) -> Result<TeamId> {
    if caller.principal.session().is_none() {
        return Err(Error::Forbidden("a token cannot accept an invitation: sign in".into()));
    }
    let mut tx = app.store.system(Purpose::Join).await?;
    let found = find(app, &mut tx, secret).await?.invitation;
    if let Some(email) = found.email.as_ref().filter(|e| **e != caller.principal.email) {
        return Err(Error::Forbidden(format!(
            "this invitation is for {email}; you are signed in as {}. Sign in as {email}, or ask for another",
            caller.principal.email
        )));
    }
    let team = found.team;
    // Holds the team, so that two invitations of one person cannot both be the first.
    tx.lock_team(team).await?;
    tx.remove_invitation(team, found.id).await?;
    let known = tx.member(team, caller.principal.user).await?;
    if known.is_some_and(|m| m.until.is_none()) {
        return Err(Error::Conflict("you are a member of this team already".into()));
    }
    tx.remove_member(team, caller.principal.user).await?;
    let member = NewMember {
        team,
        user: caller.principal.user,
        role: found.role,
        since: app.now(),
        until: None,
    };
    tx.add_member(&member).await?;
    let subject = caller.principal.user.to_string();
    let change = Change {
        action: "member.join",
        subject: subject.clone(),
        before: None,
        after: Some(json!({ "role": found.role, "invitation": found.id })),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    let payload = json!({ "role": found.role });
    event(app, &mut tx, caller, Shows::Team(team), EventKind::MemberJoined, subject, payload)
        .await?;
    tx.commit().await?;
    Ok(team)
}
