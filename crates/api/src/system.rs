//! What operators and their machines ask: is it there, what is it, how is it doing.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use croft_app::App;
use croft_model::{access::Place, permissions::Permission};
use serde::Serialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    auth::Authenticated,
    body::Json,
    context::RequestContext,
    error::{ApiError, Code, Result},
    gate::Gate,
};

/// Gives the metrics as Prometheus reads them.
pub type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// How long an answer of the database is believed; so anybody may ask as often as they like.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long the database has to answer.
const PING_TIME: Duration = Duration::from_secs(2);

/// Whether the database answers, asked by one at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health(Arc<Mutex<Option<(Instant, bool)>>>);

impl Health {
    async fn good(&self, app: &App) -> bool {
        let mut last = self.0.lock().await;
        if let Some((when, good)) = *last
            && when.elapsed() < BELIEVED
        {
            return good;
        }
        let good = match timeout(PING_TIME, app.store.ping()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database does not answer"
                );
                false
            }
            Err(_) => {
                tracing::warn!(
                    limit_ms = PING_TIME.as_millis(),
                    "the database does not answer in time"
                );
                false
            }
        };
        *last = Some((Instant::now(), good));
        good
    }
}

/// `GET /healthz`: `ok` while the database answers, else 503.
pub(crate) async fn healthz(
    State(app): State<App>,
    State(health): State<Health>,
) -> Result<&'static str> {
    if health.good(&app).await {
        return Ok("ok");
    }
    let version = app.installation.version;
    Err(ApiError::new(
        Code::Unavailable,
        format!(
            "the database does not answer (Croft {version}); Croft goes on by itself as soon as it does"
        ),
    ))
}

/// Everything that needs the database, before it was there for the first time.
pub(crate) async fn no_database(State(gate): State<Gate>) -> ApiError {
    let version = gate.installation().version;
    let detail = format!(
        "the database does not answer, and has not since this Croft ({version}) started: its log says why. Functions answer by the routes that were last known. Croft tries on, and goes on by itself as soon as the database can be used"
    );
    ApiError::new(Code::Unavailable, detail).retry_soon()
}

/// What runs here.
#[derive(Serialize)]
pub(crate) struct Version {
    version: &'static str,
}

/// `GET /version`.
pub(crate) async fn version(State(gate): State<Gate>) -> Json<Version> {
    Json(Version { version: gate.installation().version })
}

/// `GET /metrics`: for a scraper on this machine, or an operator. A request that a proxy passed on
/// comes from elsewhere, wherever the proxy stands.
pub(crate) async fn metrics<S>(State(state): State<S>, request: Request) -> Result<Response>
where
    Gate: FromRef<S>,
    Option<Render>: FromRef<S>,
    S: Send + Sync + 'static,
{
    let (mut parts, _) = request.into_parts();
    let context = RequestContext::of(&parts)?;
    if !context.client.is_loopback() || passed_on(&parts.headers) {
        let Authenticated(caller) = Authenticated::from_request_parts(&mut parts, &state).await?;
        let _grant =
            croft_app::authorize(&caller, Permission::InstallationRead, Place::Installation)?;
    }
    let render = Option::<Render>::from_ref(&state)
        .ok_or_else(|| ApiError::new(Code::NotFound, "this installation keeps no metrics"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], render()).into_response())
}

fn passed_on(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// `GET /admin`: the dashboard, by its old address.
pub(crate) async fn admin(State(gate): State<Gate>) -> Redirect {
    Redirect::temporary(&format!("{}/", gate.control_origin()))
}
