//! Signing in by password.

use croft_model::{
    access::{Principal, Proof},
    audit::Means,
    id::UserId,
    token::{Secret, SecretKind},
    user::Email,
};
use croft_store::{Purpose, SecretHash, System, Tx, sessions::Session};
use time::Duration;

use crate::{
    App, Caller, Error, Origin, Result,
    journal::{Actor, Change, audit},
};

/// How long a session is good.
const LIFE: Duration = Duration::days(30);

/// What somebody signs in with.
#[derive(Debug)]
pub struct Credentials {
    /// The e-mail, as typed.
    pub email: String,
    /// The password.
    pub password: String,
    /// Whether the session goes as a bearer token and not by cookie.
    pub bearer: bool,
    /// What the client calls itself.
    pub user_agent: String,
}

/// A fresh session.
#[derive(Debug)]
pub struct Opened {
    /// Who is signed in.
    pub caller: Caller,
    /// The session's secret, for the cookie or the one answer.
    pub secret: Secret,
    /// How long it is good, in seconds.
    pub seconds: i64,
}

/// Signs in. A wrong password, an unknown e-mail and a disabled account are one answer, and take
/// as long.
pub async fn sign_in(app: &App, given: Credentials, origin: Origin) -> Result<Opened> {
    const REFUSED: Error = Error::Unauthenticated("the e-mail or the password is wrong");
    if given.password.len() > croft_model::user::PASSWORD_MAX {
        return Err(REFUSED);
    }
    let queued = app.passwords.queue(&given.email, origin)?;
    // What is no address is nobody's, and takes as long as one that is.
    let login = match given.email.parse::<Email>() {
        Ok(email) => {
            let mut tx = app.store.system(Purpose::Authenticate).await?;
            let login = tx.find_login(email.as_str()).await?;
            tx.commit().await?;
            login
        }
        Err(_) => None,
    };
    let hash = login.as_ref().and_then(|l| l.password_hash.clone());
    let good = queued.verify(given.password, hash).await?;
    let login = login.filter(|l| good && !l.disabled).ok_or(REFUSED)?;

    let mut tx = app.store.system(Purpose::Authenticate).await?;
    let opened = open(app, &mut tx, login.user, given.bearer, given.user_agent, origin).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Opens a session for somebody who has just proven who they are.
pub(crate) async fn open(
    app: &App,
    tx: &mut Tx<System>,
    user: UserId,
    bearer: bool,
    user_agent: String,
    origin: Origin,
) -> Result<Opened> {
    let now = app.now();
    let secret = Secret::from_random(SecretKind::Session, app.entropy.bytes());
    let session = Session {
        id: app.id(),
        user,
        bearer,
        address: origin.address.map(|a| a.to_string()).unwrap_or_default(),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        created_at: now,
        last_used_at: now,
        expires_at: now + LIFE,
    };
    tx.add_session(&session, &SecretHash::of(&secret)).await?;
    let by = Proof::Session { id: session.id, expires_at: session.expires_at };
    let principal: Principal = tx
        .principal_again(user, &by, now)
        .await?
        .ok_or(Error::Unauthenticated("the account has ended"))?;
    let actor = Actor {
        email: Some(principal.email.to_string()),
        name: None,
        means: Means::Session,
        origin,
    };
    let change = Change {
        action: "session.open",
        subject: session.id.to_string(),
        before: None,
        after: None,
    };
    audit(app, tx, actor, None, change).await?;
    Ok(Opened { caller: Caller { principal, origin }, secret, seconds: LIFE.whole_seconds() })
}
