//! Functions and their routes.

mod list;
mod get;
mod deploy;
mod delete;
mod check;
mod versions;

use croft_app::functions::{Placed, Route};
use croft_model::route::RoutePattern;
use croft_sdk::functions as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get, deploy::deploy, delete::delete))
        .routes(routes!(check::check))
        .routes(routes!(versions::list))
        .routes(routes!(versions::get))
        .routes(routes!(versions::diff))
        .routes(routes!(versions::activate))
}

/// A function as it is answered.
fn answer(placed: Placed) -> wire::Function {
    let Placed { function, url } = placed;
    let route = |Route { id, pattern: RoutePattern { method, host, path } }| wire::Route {
        id,
        method,
        host,
        path,
    };
    wire::Function {
        id: function.id,
        name: function.name,
        version_id: function.version,
        version: function.number,
        source: function.source,
        routes: function.routes.into_iter().map(route).collect(),
        url,
        deployed_at: function.deployed_at,
    }
}
