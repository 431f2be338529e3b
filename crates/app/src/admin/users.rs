//! Changing accounts.

use croft_model::{id::UserId, permissions::Permission};
use croft_store::{Purpose, users::User};
use serde_json::json;

use super::operator;
use crate::{
    App, Caller, Error, Result,
    journal::{Change, audit},
};

/// What to change.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserChange {
    /// Whether they are kept from signing in.
    pub disabled: Option<bool>,
    /// Whether they are an operator.
    pub operator: Option<bool>,
}

/// Changes an account. There is always one operator who can sign in.
pub async fn update_user(
    app: &App,
    caller: &Caller,
    id: UserId,
    change: UserChange,
) -> Result<User> {
    let _grant = operator(caller, Permission::InstallationManage)?;
    let mut tx = app.store.system(Purpose::Operate).await?;
    let operators = tx.count_operators().await?;
    let before = tx.user(id).await?;
    let before = before.ok_or_else(|| Error::NotFound(format!("there is no account `{id}`")))?;
    let user = User {
        disabled: change.disabled.unwrap_or(before.disabled),
        operator: change.operator.unwrap_or(before.operator),
        ..before.clone()
    };
    let counted = before.operator && !before.disabled;
    if counted && operators < 2 && (user.disabled || !user.operator) {
        return Err(Error::Conflict("this is the only operator: make another one first".into()));
    }
    tx.save_user(&user).await?;
    if user.disabled {
        tx.remove_sessions(id, None).await?;
    }
    let show = |u: &User| json!({ "disabled": u.disabled, "operator": u.operator });
    let change = Change {
        action: "account.update",
        subject: id.to_string(),
        before: Some(show(&before)),
        after: Some(show(&user)),
    };
    audit(app, &mut tx, caller, None, change).await?;
    tx.commit().await?;
    Ok(user)
}
