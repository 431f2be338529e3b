//! Seeing the settings.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::admin::InstallationSettings;

use crate::{auth::Authenticated, body::Json, error::Result};

/// The settings of the installation that change while it runs.
#[utoipa::path(
    get,
    path = "/admin/settings",
    operation_id = "admin_settings_get",
    tag = "admin",
    responses((status = 200, body = InstallationSettings)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn get(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
) -> Result<Json<InstallationSettings>> {
    let sign_up = admin::settings(&app, &caller).await?;
    Ok(Json(InstallationSettings { sign_up }))
}
