//! All claims of hosts.

mod list;
mod prove;
mod grant;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list, grant::grant)).routes(routes!(prove::prove))
}
