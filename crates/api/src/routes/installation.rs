//! The installation, as anyone may see it.

use axum::extract::State;
use croft_app::{App, accounts};
use croft_sdk::installation::Installation;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{auth::Anonymous, body::Json, error::Result, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get))
}

/// What a client needs to know before anyone is signed in.
#[utoipa::path(
    get,
    path = "/installation",
    operation_id = "installation_get",
    tag = "installation",
    security(()),
    responses((status = 200, body = Installation))
)]
async fn get(State(app): State<App>, _: Anonymous) -> Result<Json<Installation>> {
    let state = accounts::installation(&app).await?;
    let own = &app.installation;
    Ok(Json(Installation {
        version: own.version.to_owned(),
        needs_setup: state.needs_setup,
        sign_up: state.sign_up,
        control_url: own.control_origin(),
        api_url: own.api_url.clone(),
        apps_domain: own.port.map_or_else(
            || own.zones.apps.to_string(),
            |port| format!("{}:{port}", own.zones.apps),
        ),
    }))
}
