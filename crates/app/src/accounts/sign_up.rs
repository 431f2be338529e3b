//! Accounts after the first.

use croft_model::{
    audit::Means,
    id::InvitationId,
    name::Name,
    token::{Secret, SecretKind},
    user::{Email, SignUp, check_password},
};
use croft_store::{Purpose, SecretHash, System, Tx};

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

/// Makes an account if sign-up allows it. When the e-mail has one the answer is the same and a
/// password is hashed all the same; signing in next tells whether the password is the account's, as
/// it does anyone who tries.
pub async fn sign_up(app: &App, new: NewAccount, origin: Origin) -> Result<()> {
    check_password(&new.password, &new.email)?;
    let queued = app.passwords.queue(new.email.as_str(), origin)?;
    let invitation = new.invitation.as_deref().and_then(Secret::parse);
    let invitation = invitation.filter(|s| s.kind() == SecretKind::Invitation);
    let hash = invitation.as_ref().map(SecretHash::of);
    let mut tx = app.store.system(Purpose::Accounts).await?;
    admit(app, &mut tx, hash.as_ref(), &new.email).await?;
    tx.commit().await?;
    let password_hash = queued.hash(new.password).await?;

    let mut tx = app.store.system(Purpose::Accounts).await?;
    // Again, now that it is held until the account is there: one link makes one account.
    let invitation = admit(app, &mut tx, hash.as_ref(), &new.email).await?;
    if tx.user_by_email(&new.email).await?.is_some() {
        return Ok(());
    }
    if let Some(id) = invitation {
        tx.bind_invitation(id, &new.email).await?;
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

/// Whether this e-mail may have an account, and the invitation that says so: anyone's where sign-up
/// is by invitation, an operator's where it is closed.
async fn admit(
    app: &App,
    tx: &mut Tx<System>,
    hash: Option<&SecretHash>,
    email: &Email,
) -> Result<Option<InvitationId>> {
    let mode = tx.installation().await?.map_or(SignUp::Closed, |i| i.sign_up);
    let invited = match hash {
        Some(hash) => tx.invitation_by_secret(hash, app.now()).await?.map(|i| i.invitation),
        None => None,
    };
    let invited = invited.filter(|i| i.email.as_ref().is_none_or(|e| e == email));
    let by = match invited.as_ref().and_then(|i| i.invited_by) {
        Some(user) => tx.user(user).await?,
        None => None,
    };
    let by_operator = by.is_some_and(|user| user.operator && !user.disabled);
    match (mode, invited) {
        (SignUp::Open, invited) => Ok(invited.map(|i| i.id)),
        (SignUp::Invite, Some(invited)) => Ok(Some(invited.id)),
        (SignUp::Closed, Some(invited)) if by_operator => Ok(Some(invited.id)),
        (SignUp::Closed, Some(_)) => Err(Error::Forbidden(
            "new accounts are closed here: ask the operator for an invitation, or to open sign-up by invitation".into(),
        )),
        (SignUp::Invite | SignUp::Closed, None) => Err(Error::Forbidden(
            "accounts are made by invitation here: ask for a link, and use the e-mail it names".into(),
        )),
    }
}
