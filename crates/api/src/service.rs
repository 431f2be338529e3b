//! The API as the binary sees it: a request in, an answer out, and no web framework named.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use bytes::Bytes;
use http_body::Body as HttpBody;
use tower::ServiceExt;

use crate::{
    context::RequestContext,
    router::{self, router},
    state::ApiSettings,
};

/// Answers requests for the control plane. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service(Router);

impl Service {
    /// The whole API and the dashboard.
    pub fn new(app: croft_app::App, settings: ApiSettings) -> Self {
        Self(router(app, settings))
    }

    /// The same before the database was there for the first time: it says so, with 503, wherever
    /// the database is needed.
    pub fn without_database(
        installation: Arc<croft_app::Installation>,
        settings: ApiSettings,
    ) -> Self {
        Self(router::without_database(installation, settings))
    }

    /// Answers one request. What the listener knows about it comes beside it, never in a header.
    pub async fn answer<B>(
        &self,
        request: Request<B>,
        context: RequestContext,
    ) -> Response<
        impl HttpBody<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static,
    >
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(context);
        match self.0.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}
