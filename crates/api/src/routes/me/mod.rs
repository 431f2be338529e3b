//! Oneself.

mod get;
mod update;
mod delete;
mod password;
mod sessions;
mod variables;

use croft_app::Caller;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{context::RequestContext, error::Result, gate::Gate, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(password::change))
        .merge(sessions::routes())
        .merge(variables::routes())
}

/// Waits for a turn to try one's own password: whoever has found an open session guesses it no
/// faster than at sign-in.
async fn turn(gate: &Gate, context: RequestContext, caller: &Caller) -> Result<()> {
    gate.limits().sign_in(context.client, caller.principal.email.as_str()).await
}
