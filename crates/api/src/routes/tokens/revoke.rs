//! Revoking a token.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, tokens};
use croft_model::id::{TeamId, TokenId};

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Revokes one of one's tokens; its streams end.
///
/// With the permission `tokens.manage` it may be anybody's.
#[utoipa::path(
    delete,
    path = "/teams/{team}/tokens/{token}",
    operation_id = "token_revoke",
    tag = "tokens",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("token" = TokenId, Path, description = "The token's id."),
    ),
    responses((status = 204, description = "It is good no more.")),
    extensions(("x-permission" = json!("tokens.own")))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(team), Parsed(id))): Path<(Parsed<TeamId>, Parsed<TokenId>)>,
) -> Result<StatusCode> {
    tokens::revoke(&app, &caller, team, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
