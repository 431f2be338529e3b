//! One's own account.

use croft_model::{id::SessionId, name::Name, user::check_password};
use croft_store::Purpose;

use crate::{
    App, Caller, Error, Result,
    journal::{Change, audit},
    password::Queued,
};

/// Changes one's name.
pub async fn rename(app: &App, caller: &Caller, name: Name) -> Result<Caller> {
    signed_in(caller)?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let mut user = tx
        .user(caller.principal.user)
        .await?
        .ok_or(Error::Unauthenticated("the account has ended"))?;
    user.name = name.clone();
    tx.save_user(&user).await?;
    tx.commit().await?;
    let mut caller = caller.clone();
    caller.principal.name = name;
    Ok(caller)
}

/// Changes one's password; ends all other sessions and their streams.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    current: String,
    new: String,
) -> Result<()> {
    let session = signed_in(caller)?;
    let queued = app.passwords.queue(caller.principal.email.as_str(), caller.origin)?;
    check_own(app, caller, &queued, current, "current").await?;
    check_password(&new, &caller.principal.email).map_err(|mut e| {
        "new".clone_into(&mut e.field);
        e
    })?;
    let hash = queued.hash(new).await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    tx.set_password(caller.principal.user, &hash).await?;
    tx.remove_sessions(caller.principal.user, Some(session)).await?;
    let subject = caller.principal.user.to_string();
    let change = Change { action: "account.change_password", subject, before: None, after: None };
    audit(app, &mut tx, caller, None, change).await?;
    Ok(tx.commit().await?)
}

/// Deletes one's account with the teams that nobody else is in.
pub async fn delete(app: &App, caller: &Caller, password: String) -> Result<()> {
    signed_in(caller)?;
    let queued = app.passwords.queue(caller.principal.email.as_str(), caller.origin)?;
    check_own(app, caller, &queued, password, "password").await?;
    let user = caller.principal.user;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    // Held, so that no team with others in it is handed over to the account while it goes.
    tx.lock_teams_of(user).await?;
    if caller.principal.operator && tx.count_operators().await? < 2 {
        return Err(Error::Conflict("you are the only operator: make another one first".into()));
    }
    if !tx.shared_teams_owned_by(user).await?.is_empty() {
        return Err(Error::Conflict(
            "you own teams that others are in: hand them over or remove the members first".into(),
        ));
    }
    for team in tx.teams_owned_by(user).await? {
        tx.remove_team(team).await?;
    }
    tx.remove_user(user).await?;
    let change =
        Change { action: "account.delete", subject: user.to_string(), before: None, after: None };
    audit(app, &mut tx, caller, None, change).await?;
    Ok(tx.commit().await?)
}

/// An account is changed only by somebody signed in, never by a token.
fn signed_in(caller: &Caller) -> Result<SessionId> {
    caller.principal.session().ok_or_else(|| {
        Error::Forbidden("a token cannot change its maker's account: sign in".into())
    })
}

async fn check_own(
    app: &App,
    caller: &Caller,
    queued: &Queued,
    password: String,
    field: &str,
) -> Result<()> {
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let login = tx.find_login(caller.principal.email.as_str()).await?;
    tx.commit().await?;
    if queued.verify(password, login.and_then(|l| l.password_hash)).await? {
        Ok(())
    } else {
        Err(Error::invalid(field, "this is not your password"))
    }
}
