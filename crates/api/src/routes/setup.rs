//! The first account.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use croft_app::{App, accounts};
use croft_sdk::{
    installation::Setup,
    session::{SignedIn, Transport},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::session;
use crate::{auth::Visitor, body::Json, error::Result, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(set_up))
}

/// Makes the first account, the operator's, and signs it in by cookie.
///
/// Needs the secret behind the `#` of the set-up link that Croft prints at each start until this
/// worked once. From the machine itself `croft admin setup` does the same.
#[utoipa::path(
    post,
    path = "/setup",
    operation_id = "installation_set_up",
    tag = "installation",
    security(()),
    request_body(content = Setup, example = json!({
        "secret": "croft_set_…", "email": "ada@example.com", "password": "four blunt mossy stones",
    })),
    responses((status = 201, body = SignedIn, description = "With the session's cookie."))
)]
async fn set_up(
    State(app): State<App>,
    visitor: Visitor,
    Json(body): Json<Setup>,
) -> Result<(StatusCode, HeaderMap, Json<SignedIn>)> {
    // First, or the link would be used up for a session that the browser drops.
    visitor.may_have_cookie("run `croft admin setup` on the machine itself")?;
    visitor.turn(body.email.as_str()).await?;
    let Setup { secret, email, password, name, team_name } = body;
    let setup = accounts::Setup { email, password, name, team_name };
    let opened = accounts::set_up(&app, &secret, setup, visitor.user_agent, visitor.origin).await?;
    let (headers, body) = session::welcome(&opened, Transport::Cookie)?;
    Ok((StatusCode::CREATED, headers, body))
}
