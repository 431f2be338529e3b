//! The first account, by a link that only whoever started Croft has seen.

use croft_model::{
    audit::Means,
    name::Name,
    token::{Secret, SecretKind},
    user::{Email, check_password},
};
use croft_store::{Purpose, SecretHash, installation::Installation};

use super::make::{Account, make};
use crate::{
    App, Error, Origin, Result,
    journal::{Actor, Change, audit},
    session::{Opened, open},
};

/// What the first account is made from.
#[derive(Debug)]
pub struct Setup {
    /// The e-mail to sign in with.
    pub email: Email,
    /// The password.
    pub password: String,
    /// The person's name.
    pub name: Option<Name>,
    /// The team's name.
    pub team_name: Option<Name>,
}

/// The installation as it is kept.
pub async fn installation(app: &App) -> Result<Installation> {
    let mut tx = app.store.system(Purpose::Start).await?;
    let installation = tx.installation().await?;
    tx.commit().await?;
    installation.ok_or_else(|| Error::Internal("the installation's row is missing".into()))
}

/// A new secret for the set-up link, in place of the one before; `None` when there is an account.
pub async fn setup_secret(app: &App) -> Result<Option<Secret>> {
    let mut tx = app.store.system(Purpose::Start).await?;
    if !tx.installation().await?.is_some_and(|i| i.needs_setup) {
        return Ok(None);
    }
    let secret = Secret::from_random(SecretKind::Setup, app.entropy.bytes());
    tx.set_setup_hash(&SecretHash::of(&secret)).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

/// Makes the first account by the link, and signs in.
pub async fn set_up(
    app: &App,
    secret: &str,
    setup: Setup,
    user_agent: String,
    origin: Origin,
) -> Result<Opened> {
    let refused = || {
        Error::Forbidden(
            "this set-up link is not good (any more). Croft prints a fresh one at each start until the first account is made".into(),
        )
    };
    let secret =
        Secret::parse(secret).filter(|s| s.kind() == SecretKind::Setup).ok_or_else(refused)?;
    check_password(&setup.password, &setup.email)?;
    let queued = app.passwords.queue(setup.email.as_str(), origin)?;
    let hash = queued.hash(setup.password.clone()).await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    if !tx.take_setup(&SecretHash::of(&secret)).await? {
        return Err(refused());
    }
    let user = first(app, &mut tx, setup, hash, Means::Link, origin).await?;
    let opened = open(app, &mut tx, user, false, user_agent, origin).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Makes the first account from the machine's own console, without a link.
pub async fn set_up_from_console(app: &App, setup: Setup) -> Result<()> {
    check_password(&setup.password, &setup.email)?;
    let queued = app.passwords.queue(setup.email.as_str(), Origin::default())?;
    let hash = queued.hash(setup.password.clone()).await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    if !tx.installation().await?.is_some_and(|i| i.needs_setup) {
        return Err(Error::Conflict(
            "there is an account already. To get back in: croft admin reset-password --email E"
                .into(),
        ));
    }
    first(app, &mut tx, setup, hash, Means::Console, Origin::default()).await?;
    Ok(tx.commit().await?)
}

async fn first(
    app: &App,
    tx: &mut croft_store::Tx<croft_store::System>,
    setup: Setup,
    password_hash: String,
    means: Means,
    origin: Origin,
) -> Result<croft_model::id::UserId> {
    let email = setup.email.to_string();
    let account = Account {
        email: setup.email,
        name: setup.name,
        team_name: setup.team_name,
        password_hash,
        operator: true,
    };
    let user = make(app, tx, account).await?;
    crate::functions::adopt(app, tx, user).await?;
    let actor = Actor { email: Some(email), name: None, means, origin };
    let change = Change {
        action: "installation.set_up",
        subject: user.to_string(),
        before: None,
        after: Some(serde_json::json!({ "operator": true })),
    };
    audit(app, tx, actor, None, change).await?;
    Ok(user)
}
