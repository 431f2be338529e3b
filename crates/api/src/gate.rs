//! What stands between a request and a use case: who may pass, how fast, from which pages.

use std::{pin::Pin, sync::Arc};

use croft_app::{App, Caller, Installation, Origin, Seats};
use croft_model::{id::UserId, token::Secret};
use tokio_util::sync::CancellationToken;

use crate::{calls::Calls, known::Known, limit::RateLimits};

/// Finds who a secret belongs to.
type Lookup = dyn Fn(Secret, Origin) -> Found + Send + Sync;
/// Who that is, in a moment.
pub(crate) type Found = Pin<Box<dyn Future<Output = croft_app::Result<Caller>> + Send>>;

/// The gate. Cheap to clone; the state of every route besides the [`App`] itself, so that what
/// guards use cases can be tried without any.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    lookup: Box<Lookup>,
    installation: Arc<Installation>,
    control_origin: String,
    limits: RateLimits,
    streams: Seats<UserId>,
    calls: Calls,
    known: Known,
    shutdown: CancellationToken,
}

impl Gate {
    /// The gate of an installation. `shutdown` ends event streams.
    pub fn new(
        installation: Arc<Installation>,
        limits: RateLimits,
        shutdown: CancellationToken,
        lookup: impl Fn(Secret, Origin) -> Found + Send + Sync + 'static,
    ) -> Self {
        let control_origin = installation.control_origin();
        Self(Arc::new(Inner {
            lookup: Box::new(lookup),
            installation,
            control_origin,
            limits,
            streams: Seats::default(),
            calls: Calls::default(),
            known: Known::default(),
            shutdown,
        }))
    }

    /// The gate that looks people up in the store.
    pub fn of(app: &App, limits: RateLimits, shutdown: CancellationToken) -> Self {
        let own = app.clone();
        Self::new(Arc::clone(&app.installation), limits, shutdown, move |secret, origin| {
            let app = own.clone();
            Box::pin(async move { croft_app::session::authenticate(&app, &secret, origin).await })
        })
    }

    /// Who the secret belongs to.
    pub(crate) async fn lookup(&self, secret: Secret, origin: Origin) -> croft_app::Result<Caller> {
        (self.0.lookup)(secret, origin).await
    }

    /// Names and addresses.
    pub fn installation(&self) -> &Installation {
        &self.0.installation
    }

    /// The only origin whose pages may use the cookie.
    pub fn control_origin(&self) -> &str {
        &self.0.control_origin
    }

    /// The rate limits; the binary sweeps them.
    pub fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    /// Who holds how many event streams.
    pub(crate) fn streams(&self) -> &Seats<UserId> {
        &self.0.streams
    }

    /// Who makes how many calls of functions.
    pub(crate) fn calls(&self) -> &Calls {
        &self.0.calls
    }

    /// Whose credentials were good lately.
    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    /// Ends event streams when the server stops.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Whether browsers keep the session cookie: it is `Secure`, which they take over plain HTTP
    /// only from `localhost`, names below it and loopback (decision 3).
    pub fn keeps_cookies(&self) -> bool {
        let host = self.0.installation.zones.control.as_str();
        self.0.installation.scheme == "https" || host == "localhost" || host.ends_with(".localhost")
    }
}
