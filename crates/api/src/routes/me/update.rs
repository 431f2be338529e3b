//! Changing one's name.

use axum::extract::State;
use croft_app::{App, accounts};
use croft_sdk::session::{Me, UpdateMe};

use crate::{auth::Authenticated, body::Json, error::Result, routes::session};

/// Changes one's name.
///
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    patch,
    path = "/me",
    operation_id = "me_update",
    tag = "me",
    request_body = UpdateMe,
    responses((status = 200, body = Me)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn update(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Json(body): Json<UpdateMe>,
) -> Result<Json<Me>> {
    let caller = accounts::rename(&app, &caller, body.name).await?;
    Ok(Json(session::me(&caller)))
}
