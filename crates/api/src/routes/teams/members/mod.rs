//! Who is in a team.

mod list;
mod set_role;
mod remove;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(set_role::set_role, remove::remove))
}
