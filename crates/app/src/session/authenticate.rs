//! From a secret to who it is.

use croft_model::token::{Secret, SecretKind};
use croft_store::{Purpose, SecretHash};

use crate::{App, Caller, Error, Origin, Result};

/// Who sends this session or token secret. Unknown, expired and revoked are one answer.
pub async fn authenticate(app: &App, secret: &Secret, origin: Origin) -> Result<Caller> {
    let now = app.now();
    let hash = SecretHash::of(secret);
    let mut tx = app.store.system(Purpose::Authenticate).await?;
    let principal = match secret.kind() {
        SecretKind::Session => tx.principal_by_session(&hash, now).await?,
        SecretKind::Token => tx.principal_by_token(&hash, now).await?,
        SecretKind::Invitation | SecretKind::Setup => None,
    };
    tx.commit().await?;
    let principal = principal.ok_or(Error::Unauthenticated(
        "these credentials are not good any more: sign in again, or make a new token",
    ))?;
    Ok(Caller { principal, origin })
}

/// The caller as they stand now, or an error when their session, token or account has ended:
/// what every stream asks every few seconds (decision 31).
pub async fn still_stands(app: &App, caller: &Caller) -> Result<Caller> {
    let mut tx = app.store.system(Purpose::Authenticate).await?;
    let principal = &caller.principal;
    let again = tx.principal_again(principal.user, &principal.by, app.now()).await?;
    tx.commit().await?;
    let principal = again.ok_or(Error::Unauthenticated("the session or token has ended"))?;
    Ok(Caller { principal, origin: caller.origin })
}
