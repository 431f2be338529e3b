//! One's own variables and secrets (C25).

use croft_model::{
    limits::{Limits, check_room},
    name::EnvKey,
    variable::check_value,
};
use croft_store::{
    Purpose,
    variables::{NewVariable, Variable},
};

use super::NewValue;
use crate::{
    App, Caller, Error, Listed, Page, Result,
    journal::{Change, audit},
};

/// One's own, by name, without the values of secrets.
pub async fn list_own(
    app: &App,
    caller: &Caller,
    page: Page<EnvKey>,
) -> Result<Listed<Variable, EnvKey>> {
    signed_in(caller)?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    let found = tx.user_variables(caller.principal.user, page.named()).await?;
    tx.commit().await?;
    Ok(Listed::named(found, |variable| variable.key.clone()))
}

/// Sets one of one's own.
pub async fn set_own(app: &App, caller: &Caller, key: EnvKey, new: NewValue) -> Result<Variable> {
    signed_in(caller)?;
    check_value(&new.value)?;
    let team = caller.principal.personal_team();
    let team = team.ok_or_else(|| Error::Conflict("your personal team is gone".into()))?;
    let user = caller.principal.user;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    // Serializes this person's own writes, so that what is counted stays so.
    tx.lock_team(team).await?;
    let (own, before) = tx.count_user_variables(user, &key).await?;
    if before.is_none() {
        check_room("variables", own, Limits::default().variables)?;
    }
    let category = new.category.or(before).unwrap_or_default();
    let row = NewVariable {
        id: app.id(),
        key: &key,
        value: &new.value,
        secret: false,
        category,
        at: app.now(),
        by: user,
    };
    let (version, secret) = tx.set_user_variable(team, &row, new.secret).await?;
    let change = Change {
        action: "account.set_variable",
        subject: key.to_string(),
        before: None,
        after: Some(serde_json::json!({ "secret": secret, "version": version })),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    tx.commit().await?;
    let value = (!secret).then_some(new.value);
    Ok(Variable { key, value, category, version, updated_at: app.now(), updated_by: None })
}

/// Removes one of one's own.
pub async fn unset_own(app: &App, caller: &Caller, key: &EnvKey) -> Result<()> {
    signed_in(caller)?;
    let mut tx = app.store.system(Purpose::Accounts).await?;
    if !tx.remove_user_variable(caller.principal.user, key).await? {
        return Err(Error::NotFound(format!("you have no variable `{key}`")));
    }
    let team = caller.principal.personal_team();
    let change = Change {
        action: "account.unset_variable",
        subject: key.to_string(),
        before: None,
        after: None,
    };
    audit(app, &mut tx, caller, team, change).await?;
    Ok(tx.commit().await?)
}

fn signed_in(caller: &Caller) -> Result<()> {
    caller.principal.session().map(drop).ok_or_else(|| {
        Error::Forbidden("a token cannot reach its maker's own variables: sign in".into())
    })
}
