//! One's own sessions.

use croft_model::id::SessionId;
use croft_store::{Purpose, sessions::Session};

use crate::{App, Caller, Error, Result};

/// Where one is signed in, latest first, each with whether it is the one that asks.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<(Session, bool)>> {
    let Some(own) = caller.principal.session() else {
        return Err(Error::Forbidden("a token cannot see its maker's sessions: sign in".into()));
    };
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let sessions = tx.sessions_of(caller.principal.user, app.now()).await?;
    tx.commit().await?;
    Ok(sessions
        .into_iter()
        .map(|s| {
            let here = s.id == own;
            (s, here)
        })
        .collect())
}

/// Ends one of one's sessions, or without an id the one that asks.
pub async fn end(app: &App, caller: &Caller, id: Option<SessionId>) -> Result<()> {
    let own = caller.principal.session();
    let id = id
        .or(own)
        .ok_or_else(|| Error::Forbidden("a token cannot sign out: revoke it instead".into()))?;
    if own.is_none() {
        return Err(Error::Forbidden("only a signed-in person may end sessions".into()));
    }
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let ended = tx.remove_session(caller.principal.user, id).await?;
    tx.commit().await?;
    if ended {
        Ok(())
    } else {
        Err(Error::NotFound(format!("there is no session `{id}` of yours")))
    }
}

/// Ends all of one's sessions, this one too: sign out everywhere.
pub async fn end_all(app: &App, caller: &Caller) -> Result<()> {
    if caller.principal.session().is_none() {
        return Err(Error::Forbidden("only a signed-in person may end sessions".into()));
    }
    let mut tx = app.store.system(Purpose::Accounts).await?;
    tx.remove_sessions(caller.principal.user, None).await?;
    tx.commit().await?;
    Ok(())
}
