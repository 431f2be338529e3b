//! Making a team besides the personal one.

use croft_model::{name::Name, permissions::Role};
use croft_store::{
    Purpose,
    idempotency::{Attempt, Before},
    teams::{NewMember, Team},
};
use serde_json::json;

use crate::{
    App, Caller, Error, IdempotencyKey, Result,
    journal::{Change, audit},
};

/// How many teams one person may own.
const OWNED_MAX: usize = 20;

/// Makes a team that the caller owns.
pub async fn create(
    app: &App,
    caller: &Caller,
    name: Name,
    key: Option<IdempotencyKey>,
) -> Result<Team> {
    if caller.principal.session().is_none() {
        return Err(Error::Forbidden(
            "a token belongs to one team and cannot make another: sign in".into(),
        ));
    }
    let user = caller.principal.user;
    let team = Team { id: app.id(), name, personal_of: None, created_at: app.now() };
    let mut tx = app.store.system(Purpose::Join).await?;
    // Serializes this person's own, so that what is counted below stays so.
    if let Some(personal) = caller.principal.personal_team() {
        tx.lock_team(personal).await?;
    }
    tx.add_team(&team).await?;
    if let Some(key) = &key {
        let attempt = Attempt { user, key: &key.key, fingerprint: &key.fingerprint, team: team.id };
        match tx.attempt(attempt, team.id.uuid(), app.now()).await? {
            Before::Nothing => {}
            Before::Made(id) => {
                let made = tx.find_team(croft_model::Id::from_uuid(id)).await?;
                return made.ok_or_else(|| Error::Conflict("what this key made is gone".into()));
            }
            Before::Another => return Err(crate::listing::key_used()),
        }
    }
    if tx.teams_owned_by(user).await?.len() >= OWNED_MAX {
        return Err(Error::Conflict(
            "you own 20 teams already: delete or hand over one first".into(),
        ));
    }
    let owner = NewMember { team: team.id, user, role: Role::Owner, since: app.now(), until: None };
    tx.add_member(&owner).await?;
    let change = Change {
        action: "team.create",
        subject: team.id.to_string(),
        before: None,
        after: Some(json!({ "name": team.name })),
    };
    audit(app, &mut tx, caller, Some(team.id), change).await?;
    tx.commit().await?;
    Ok(team)
}
