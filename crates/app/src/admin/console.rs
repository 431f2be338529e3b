//! What only the console of the machine itself can do: whoever has the data directory is trusted.

use croft_model::{
    audit::Means,
    user::{Email, check_password},
};
use croft_store::Purpose;

use crate::{
    App, Error, Origin, Result,
    journal::{Actor, Change, audit},
};

fn console() -> Actor {
    Actor { email: None, name: None, means: Means::Console, origin: Origin::default() }
}

/// Sets somebody's password and ends all their sessions: recovery without mail (decision 32).
pub async fn reset_password(app: &App, email: &Email, password: String) -> Result<()> {
    check_password(&password, email)?;
    let hash = app.passwords.queue(email.as_str(), Origin::default())?.hash(password).await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let user = tx.user_by_email(email).await?;
    let user = user.ok_or_else(|| Error::NotFound(format!("there is no account {email}")))?;
    tx.set_password(user.id, &hash).await?;
    tx.remove_sessions(user.id, None).await?;
    let subject = user.id.to_string();
    let change = Change { action: "account.reset_password", subject, before: None, after: None };
    audit(app, &mut tx, console(), None, change).await?;
    Ok(tx.commit().await?)
}

/// Whether this database has never held an installation.
pub async fn is_new(app: &App) -> Result<bool> {
    Ok(app.store.system(Purpose::Start).await?.installation().await?.is_none())
}

/// Checks that the keys at hand open what is there, or writes the installation's row at the very
/// first start. Never makes a new key over existing data (decision 30).
pub async fn verify_keys(app: &App) -> Result<()> {
    let mut tx = app.store.system(Purpose::Start).await?;
    match tx.installation().await? {
        None => tx.add_installation(app.now()).await?,
        Some(known) => {
            let at_hand = tx.keys_at_hand();
            let missing = known.key_fingerprints.iter().find(|f| !at_hand.contains(f));
            if let Some(missing) = missing {
                return Err(Error::Conflict(format!(
                    "the data here is sealed with master key {missing}, and the key given is {}. Give the right key file; without it the secrets cannot be read. Nothing was changed",
                    at_hand.first().map_or("none", String::as_str)
                )));
            }
        }
    }
    Ok(tx.commit().await?)
}

/// Wraps all data keys with the first master key; how many were wrapped anew.
pub async fn rewrap_keys(app: &App) -> Result<usize> {
    let mut tx = app.store.system(Purpose::Start).await?;
    let changed = tx.rewrap_keys().await?;
    let change = Change {
        action: "installation.rotate_key",
        subject: "installation".into(),
        before: None,
        after: Some(serde_json::json!({ "rewrapped": changed })),
    };
    audit(app, &mut tx, console(), None, change).await?;
    tx.commit().await?;
    Ok(changed)
}
