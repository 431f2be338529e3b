//! Where one is signed in.

mod list;
mod end;
mod end_all;

use croft_app::session::Session;
use croft_sdk::session as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list, end_all::end_all)).routes(routes!(end::end))
}

/// A session as it is answered.
fn answer((session, current): (Session, bool)) -> wire::Session {
    wire::Session {
        id: session.id,
        current,
        address: session.address,
        user_agent: session.user_agent,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    }
}
