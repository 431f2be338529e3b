//! The seam between the edge, which takes requests, and the API, which answers Croft's own.

use async_trait::async_trait;
use croft_api::{Service, context};
use croft_edge::{Body, ControlHandler, RequestContext, Via};
use http::{Request, Response};
use http_body_util::BodyExt;

/// The API as the edge's control handler.
pub(crate) struct Control(pub(crate) Service);

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
        let answer = self.0.answer(request, context).await;
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }
}
