//! Settings of the installation that change while it runs.

use croft_model::{permissions::Permission, user::SignUp};
use croft_store::Purpose;
use serde_json::json;

use super::operator;
use crate::{
    App, Caller, Result,
    accounts::installation,
    journal::{Change, audit},
};

/// Who may make an account.
pub async fn settings(app: &App, caller: &Caller) -> Result<SignUp> {
    let _grant = operator(caller, Permission::InstallationRead)?;
    Ok(installation(app).await?.sign_up)
}

/// Sets who may make an account.
pub async fn set_sign_up(app: &App, caller: &Caller, mode: SignUp) -> Result<()> {
    let _grant = operator(caller, Permission::InstallationManage)?;
    let before = installation(app).await?.sign_up;
    let mut tx = app.store.system(Purpose::Operate).await?;
    tx.set_sign_up(mode).await?;
    let change = Change {
        action: "installation.set_sign_up",
        subject: "installation".into(),
        before: Some(json!(before)),
        after: Some(json!(mode)),
    };
    audit(app, &mut tx, caller, None, change).await?;
    Ok(tx.commit().await?)
}
