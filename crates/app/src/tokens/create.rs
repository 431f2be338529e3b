//! Making a token of one's own.

use croft_model::{
    access::Place,
    id::{ProjectId, TeamId},
    limits::check_room,
    name::Name,
    permissions::{Permission, Role, Scope},
    token::{Secret, SecretKind},
};
use croft_store::{SecretHash, tokens::Token};
use serde_json::json;
use time::Duration;

use crate::{
    App, Caller, Error, IdempotencyKey, Result,
    journal::{Change, audit},
    listing::once,
    teams::in_team,
};

/// What a token is made from.
#[derive(Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: Name,
    /// The most it may do; the caller's role when left out.
    pub role: Option<Role>,
    /// The kinds of things it may do; read and write when left out.
    pub scopes: Option<Vec<Scope>>,
    /// The only project it is good for.
    pub project: Option<ProjectId>,
    /// How many days it is good for; for ever when left out.
    pub days: Option<u32>,
}

/// Makes a token; its secret is told this once. With the key it came with, it comes again with
/// another secret.
pub async fn create(
    app: &App,
    caller: &Caller,
    team: TeamId,
    new: NewToken,
    key: Option<IdempotencyKey>,
) -> Result<(Token, Secret)> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TokensOwn).await?;
    // Else a token that leaks could outlive its own end by making others.
    if caller.principal.session().is_none() {
        return Err(Error::Forbidden("a token cannot make tokens: sign in".into()));
    }
    let own =
        caller.principal.role(Place::Team(team)).ok_or_else(|| Error::not_found("team", team))?;
    let role = new.role.unwrap_or(own);
    if role > own {
        return Err(Error::invalid("role", format!("at most your own, which is {}", own.as_str())));
    }
    let mut scopes = new.scopes.unwrap_or_else(|| vec![Scope::Read, Scope::Write]);
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Error::invalid(
            "scopes",
            "name at least one of read, write, admin, source:write",
        ));
    }
    if scopes.contains(&Scope::Installation) && !caller.principal.operator {
        return Err(Error::invalid("scopes", "`installation` is for tokens of an operator"));
    }
    if new.days.is_some_and(|days| !(1..=3650).contains(&days)) {
        return Err(Error::invalid("days", "1 to 3650, or leave it out for no end"));
    }
    let limits = tx.lock_team(team).await?.ok_or_else(|| Error::not_found("team", team))?;
    let user = caller.principal.user;
    let id = once(app, &mut tx, caller, team, key.as_ref(), app.id(), async |tx, id| {
        tx.remove_token(team, id, Some(user)).await
    })
    .await?;
    check_room("tokens", tx.team_used(team, app.now()).await?.tokens, limits.tokens)?;
    if let Some(project) = new.project {
        let found = tx.project(project).await?;
        found.ok_or_else(|| Error::invalid("project_id", "the team has no such project"))?;
    }
    let secret = Secret::from_random(SecretKind::Token, app.entropy.bytes());
    let token = Token {
        id,
        team,
        user,
        project: new.project,
        name: new.name,
        role,
        scopes,
        created_at: app.now(),
        last_used_at: None,
        expires_at: new.days.map(|days| app.now() + Duration::days(days.into())),
    };
    tx.add_token(&token, &SecretHash::of(&secret)).await?;
    let change = Change {
        action: "token.create",
        subject: token.id.to_string(),
        before: None,
        after: Some(
            json!({ "name": token.name, "role": role, "scopes": token.scopes, "project": token.project }),
        ),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    tx.commit().await?;
    Ok((token, secret))
}
