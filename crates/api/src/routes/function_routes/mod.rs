//! Routes: what leads to functions.

mod list;
mod add;
mod remove;
mod check;
mod lead;

use croft_app::functions::Leading;
use croft_model::route::RoutePattern;
use croft_sdk::{functions::NewRoute, routes as wire};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(add::add))
        .routes(routes!(remove::remove))
        .routes(routes!(check::check))
        .routes(routes!(lead::find))
        .routes(routes!(lead::explain))
}

/// A route as it is asked for.
pub(super) fn pattern(NewRoute { method, host, path }: NewRoute) -> RoutePattern {
    RoutePattern { method, host, path }
}

/// A route as it is answered.
fn answer(Leading { route, function, url }: Leading) -> wire::FunctionRoute {
    let RoutePattern { method, host, path } = route.pattern;
    wire::FunctionRoute { id: route.id, method, host, path, function, url }
}
