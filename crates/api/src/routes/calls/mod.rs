//! Calling functions by their ids, without a route.

mod execute;
mod test;

use axum::{
    extract::DefaultBodyLimit,
    routing::{MethodRouter, any},
};
use croft_model::id::FunctionId;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

/// Bytes of a call's body, as the edge takes for a route's.
const BODY_BYTES: usize = 6 * 1024 * 1024;

/// What stands in the path, whatever follows it.
#[derive(Deserialize)]
struct Which {
    function: FunctionId,
}

pub(crate) fn routes() -> OpenApiRouter<Api> {
    let below =
        || -> MethodRouter<Api> { any(execute::execute).layer(DefaultBodyLimit::max(BODY_BYTES)) };
    // Described by the usual methods; a function may be asked by any.
    let (schemas, paths, _) = routes!(execute::execute);
    OpenApiRouter::new()
        .routes((schemas, paths, below()))
        .route("/execute/{function}/", below())
        .route("/execute/{function}/{*rest}", below())
        .routes(routes!(test::test))
}
