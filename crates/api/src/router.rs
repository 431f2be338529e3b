//! All of it together.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use bytes::Bytes;
use croft_app::{App, Error, Installation};

use crate::{
    assets::Dashboard,
    auth::Anonymous,
    document,
    error::{ApiError, Code, Result},
    gate::{Found, Gate},
    layers, routes,
    state::{Api, ApiSettings, Site},
    system::{self, Health},
};

/// The description of the API (OpenAPI 3.1), for the snapshot that clients are made from.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::finish(routes::all().into_openapi())
}

/// Everything on the control host: the API below `/api/v1`, health, version, metrics and the
/// dashboard. Every request must carry a [`crate::RequestContext`] in its extensions.
pub fn router(app: App, settings: ApiSettings) -> Router {
    let gate = Gate::of(&app, settings.limits.clone(), settings.shutdown.clone());
    let (operations, _) = routes::all().split_for_parts();
    let operations = Router::new()
        .nest("/api/v1", operations)
        .route("/healthz", get(system::healthz))
        .with_state(Api { app, gate: gate.clone(), health: Health::default() });
    assemble(gate, settings, operations)
}

/// The same before the database was there for the first time: the dashboard, version and metrics
/// answer, and what needs the database says that it is not there.
pub(crate) fn without_database(installation: Arc<Installation>, settings: ApiSettings) -> Router {
    let nobody = |_, _| -> Found {
        let away = Error::Unavailable("the database was not there yet".into());
        Box::pin(std::future::ready(Err(away)))
    };
    let (limits, shutdown) = (settings.limits.clone(), settings.shutdown.clone());
    let gate = Gate::new(installation, limits, shutdown, nobody);
    let operations = Router::new()
        .route("/api/v1/{*operation}", any(system::no_database))
        .route("/healthz", get(system::no_database))
        .with_state(gate.clone());
    assemble(gate, settings, operations)
}

/// The operations, whatever they are, with all that stands around them.
pub(crate) fn assemble(gate: Gate, settings: ApiSettings, operations: Router) -> Router {
    let https = gate.installation().scheme == "https";
    let site = Site {
        dashboard: Dashboard::new(settings.assets, gate.control_origin()),
        metrics: settings.metrics,
        // Made of constants: whether it can be written is tested.
        document: Bytes::from(openapi().to_json().unwrap_or_default()),
        gate,
    };
    let routes = Router::new()
        .route("/api/v1/openapi.json", get(description))
        .route("/version", get(system::version))
        .route("/metrics", get(system::metrics::<Site>))
        .route("/admin", get(system::admin))
        .fallback(otherwise)
        .with_state(site)
        .merge(operations)
        .method_not_allowed_fallback(wrong_method);
    layers::around(routes, https)
}

async fn description(_: Anonymous, State(site): State<Site>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], site.document).into_response()
}

async fn otherwise(State(site): State<Site>, request: Request) -> Result<Response> {
    let (parts, _) = request.into_parts();
    site.dashboard.answer(&parts)
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        Code::MethodNotAllowed,
        "this address is not asked in this way; `Allow` names the ways there are",
    )
}
