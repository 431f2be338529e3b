//! What the operator of the installation sees and does.

mod users;
mod teams;
mod domains;
mod settings;
mod queue;
mod audit;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(users::routes())
        .merge(teams::routes())
        .merge(domains::routes())
        .merge(settings::routes())
        .routes(routes!(queue::list))
        .routes(routes!(audit::list))
}
