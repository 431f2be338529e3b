//! Making a token.

use axum::{extract::State, http::StatusCode};
use croft_app::{
    App,
    tokens::{self, NewToken},
};
use croft_model::id::TeamId;
use croft_sdk::tokens::{CreateToken, CreatedToken};

use crate::{
    auth::Authenticated,
    body::{Create, Json, Parsed, Path},
    error::Result,
};

/// Makes a token of one's own for a team. Its secret is shown this once.
///
/// It may never do more than its maker may at the time. Needs a sign-in: a token makes no tokens.
/// Repeated with the same `Idempotency-Key` it is the same token with a fresh secret, and the
/// secret before is good no more.
#[utoipa::path(
    post,
    path = "/teams/{team}/tokens",
    operation_id = "token_create",
    tag = "tokens",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("Idempotency-Key" = Option<String>, Header, max_length = 64, description = "Makes repeating it safe."),
    ),
    request_body(content = CreateToken, example = json!({
        "name": "Deployments", "role": "developer", "scopes": ["read", "write"], "days": 90,
    })),
    responses((status = 201, body = CreatedToken)),
    extensions(("x-permission" = json!("tokens.own")))
)]
pub(super) async fn create(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Create(body, key): Create<CreateToken>,
) -> Result<(StatusCode, Json<CreatedToken>)> {
    let CreateToken { name, role, scopes, project_id: project, days } = body;
    let new = NewToken { name, role, scopes, project, days };
    let (token, secret) = tokens::create(&app, &caller, team, new, key).await?;
    let made = CreatedToken { token: super::answer(token), secret: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}
