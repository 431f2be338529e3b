//! The seam between the edge, which takes requests, and the API, which answers Croft's own.

use std::sync::OnceLock;

use async_trait::async_trait;
use croft_api::{Service, context};
use croft_edge::{Body, ControlHandler, RequestContext, Via};
use http::{Request, Response};
use http_body_util::BodyExt;

/// The API as the edge's control handler; before the database was there, what says so.
pub(crate) struct Control {
    before: Service,
    whole: OnceLock<Service>,
}

impl Control {
    /// One that has only what answers before the database was there.
    pub(crate) fn new(before: Service) -> Self {
        Self { before, whole: OnceLock::new() }
    }

    /// From now on everything answers.
    pub(crate) fn open(&self, whole: Service) {
        // Once is enough: both would be the same.
        let _ = self.whole.set(whole);
    }
}

#[async_trait]
impl ControlHandler for Control {
    async fn handle(&self, request: Request<Body>, edge: RequestContext) -> Response<Body> {
        let context = context::RequestContext {
            client: edge.client,
            request: edge.request_id,
            via: match edge.via {
                Via::ControlHost => context::Via::ControlHost,
                Via::Address => context::Via::Address,
                Via::DefaultHost => context::Via::DefaultHost,
            },
        };
        let answer = self.whole.get().unwrap_or(&self.before).answer(request, context).await;
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }
}
