//! A project's slug: first asking what another would mean, then changing it.

mod check;
mod change;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(check::check)).routes(routes!(change::change))
}
