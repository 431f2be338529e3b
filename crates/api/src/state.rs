//! What handlers may ask for.

use std::sync::Arc;

use axum::extract::FromRef;
use bytes::Bytes;
use croft_app::App;
use tokio_util::sync::CancellationToken;

use crate::{
    assets::{Assets, Dashboard},
    gate::Gate,
    limit::RateLimits,
    system::{Health, Render},
};

/// What the binary decides about the API.
#[derive(Clone)]
pub struct ApiSettings {
    /// How fast anyone may ask. The binary calls [`RateLimits::sweep`] once a minute.
    pub limits: RateLimits,
    /// The dashboard's files.
    pub assets: Arc<dyn Assets>,
    /// Gives the metrics, if any are kept.
    pub metrics: Option<Render>,
    /// Ends event streams when the server stops.
    pub shutdown: CancellationToken,
}

/// The state of what needs no use case.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) gate: Gate,
    pub(crate) dashboard: Dashboard,
    pub(crate) metrics: Option<Render>,
    /// The description of the API, as it is answered.
    pub(crate) document: Bytes,
}

/// The state of operations.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) app: App,
    pub(crate) gate: Gate,
    pub(crate) health: Health,
}

impl FromRef<Api> for App {
    fn from_ref(api: &Api) -> Self {
        api.app.clone()
    }
}
impl FromRef<Api> for Gate {
    fn from_ref(api: &Api) -> Self {
        api.gate.clone()
    }
}
impl FromRef<Api> for Health {
    fn from_ref(api: &Api) -> Self {
        api.health.clone()
    }
}
impl FromRef<Site> for Gate {
    fn from_ref(site: &Site) -> Self {
        site.gate.clone()
    }
}
impl FromRef<Site> for Option<Render> {
    fn from_ref(site: &Site) -> Self {
        site.metrics.clone()
    }
}
