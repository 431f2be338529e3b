//! Settings of the installation that change while it runs.

mod get;
mod update;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get::get, update::update))
}
