//! Changing the settings.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::admin::InstallationSettings;

use crate::{auth::Authenticated, body::Json, error::Result};

/// Changes the settings of the installation.
#[utoipa::path(
    patch,
    path = "/admin/settings",
    operation_id = "admin_settings_update",
    tag = "admin",
    request_body(content = InstallationSettings, example = json!({ "sign_up": "open" })),
    responses((status = 200, body = InstallationSettings)),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn update(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Json(body): Json<InstallationSettings>,
) -> Result<Json<InstallationSettings>> {
    admin::set_sign_up(&app, &caller, body.sign_up).await?;
    Ok(Json(body))
}
