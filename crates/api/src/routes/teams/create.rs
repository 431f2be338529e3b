//! Making a team.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, session, teams};
use croft_sdk::teams::{CreateTeam, Team};

use crate::{
    auth::Authenticated,
    body::{Create, Json},
    error::Result,
};

/// Makes a team, which one then owns.
///
/// One may own 20. Needs a sign-in; a token cannot.
#[utoipa::path(
    post,
    path = "/teams",
    operation_id = "team_create",
    tag = "teams",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 64, description = "Makes repeating it safe.")),
    request_body(content = CreateTeam, example = json!({ "name": "Analytical Engines" })),
    responses((status = 201, body = Team)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn create(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Create(body, key): Create<CreateTeam>,
) -> Result<(StatusCode, Json<Team>)> {
    let made = teams::create(&app, &caller, body.name, key).await?;
    // The caller was looked up before there was such a team.
    let caller = session::still_stands(&app, &caller).await?;
    Ok((StatusCode::CREATED, Json(super::answer(&caller, made)?)))
}
