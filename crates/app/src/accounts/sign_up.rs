//! Accounts after the first.

use croft_model::{
    audit::Means,
    name::Name,
    token::{Secret, SecretKind},
    user::{Email, SignUp, check_password},
};
use croft_store::{Purpose, SecretHash};

use super::make::{Account, make};
use crate::{
    App, Error, Origin, Result,
    journal::{Actor, Change, audit},
};

/// What an account is made from.
#[derive(Debug)]
pub struct NewAccount {
    /// The e-mail to sign in with.
    pub email: Email,
    /// The password.
    pub password: String,
    /// The person's name.
    pub name: Option<Name>,
    /// The secret of an invitation.
    pub invitation: Option<String>,
}

/// Makes an account if sign-up allows it. When the e-mail has one the answer is the same, and takes
/// as long, so that nobody learns who is here: the next step, signing in, tells only its owner.
pub async fn sign_up(app: &App, new: NewAccount, origin: Origin) -> Result<()> {
    check_password(&new.password, &new.email)?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let mode = tx.installation().await?.map_or(SignUp::Closed, |i| i.sign_up);
    let invited = match new.invitation.as_deref().and_then(Secret::parse) {
        Some(secret) if secret.kind() == SecretKind::Invitation => {
            tx.invitation_by_secret(&SecretHash::of(&secret), app.now()).await?
        }
        Some(_) | None => None,
    };
    tx.commit().await?;
    let fits = invited
        .as_ref()
        .is_some_and(|i| i.invitation.email.as_ref().is_none_or(|e| *e == new.email));
    match mode {
        SignUp::Open => {}
        // An invitation opens a closed door too: somebody with the right wrote it.
        SignUp::Invite | SignUp::Closed if fits => {}
        SignUp::Invite | SignUp::Closed => {
            return Err(Error::Forbidden(
                "accounts are made by invitation here: ask a member of a team for a link, and use the e-mail it names".into(),
            ));
        }
    }
    let password_hash = app.passwords.hash(new.password).await?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    if tx.user_by_email(&new.email).await?.is_some() {
        return Ok(());
    }
    let email = new.email.to_string();
    let account = Account {
        email: new.email,
        name: new.name,
        team_name: None,
        password_hash,
        operator: false,
    };
    let user = match make(app, &mut tx, account).await {
        // Somebody was quicker.
        Err(Error::Internal(e))
            if e.downcast_ref::<croft_store::Error>()
                .is_some_and(|e| e.is_constraint("users_email_key")) =>
        {
            return Ok(());
        }
        other => other?,
    };
    let actor = Actor { email: Some(email), name: None, means: Means::Link, origin };
    let change =
        Change { action: "account.create", subject: user.to_string(), before: None, after: None };
    audit(app, &mut tx, actor, None, change).await?;
    Ok(tx.commit().await?)
}
