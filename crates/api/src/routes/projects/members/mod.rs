//! Roles that members of a team have in one of its projects.

mod list;
mod set;
mod remove;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(set::set, remove::remove))
}
