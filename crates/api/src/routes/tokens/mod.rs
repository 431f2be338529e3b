//! API tokens.

mod list;
mod create;
mod revoke;

use croft_app::tokens::Token;
use croft_sdk::tokens as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list, create::create)).routes(routes!(revoke::revoke))
}

/// A token as it is answered.
fn answer(token: Token) -> wire::Token {
    wire::Token {
        id: token.id,
        name: token.name,
        user_id: token.user,
        role: token.role,
        scopes: token.scopes,
        project_id: token.project,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
        expires_at: token.expires_at,
    }
}
