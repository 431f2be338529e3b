//! The operator's commands that work on the data directory, without a server's address. They work
//! beside a running Croft and without one.

use anyhow::Result;
use croft_app::{
    accounts::{self, Setup},
    admin,
};
use croft_model::user::Email;
use zeroize::Zeroizing;

use crate::{serve, settings::Settings};

/// Makes the first account, the operator's.
pub async fn setup(settings: Settings, email: Email, password: Zeroizing<String>) -> Result<()> {
    let (database, app) = serve::on_the_console(&settings).await?;
    croft_app::functions::seed(&app).await?;
    let setup = Setup { email, password: password.to_string(), name: None, team_name: None };
    let done = accounts::set_up_from_console(&app, setup).await;
    database.leave().await?;
    Ok(done?)
}

/// Sets an account's password and ends its sessions.
pub async fn reset_password(
    settings: Settings,
    email: Email,
    password: Zeroizing<String>,
) -> Result<()> {
    let (database, app) = serve::on_the_console(&settings).await?;
    let done = admin::reset_password(&app, &email, password.to_string()).await;
    database.leave().await?;
    Ok(done?)
}

/// Makes a new master key, wraps all data keys with it, and then drops the old one.
pub async fn rotate_key(settings: Settings) -> Result<()> {
    serve::rotate(&settings).await
}

/// Prints the master key.
pub fn export_key(settings: &Settings) -> Result<()> {
    serve::export(settings)
}
