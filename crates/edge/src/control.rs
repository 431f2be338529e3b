//! The seam to the control plane: the edge decides that a request is Croft's own, the binary gives
//! the handler that answers it.

use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use bytes::Bytes;
use croft_model::id::RequestId;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;

/// Any error of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body of any kind. Not `Sync`: the bodies of web frameworks are not.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// Answers requests that are Croft's own.
#[async_trait]
pub trait ControlHandler: Send + Sync + 'static {
    /// Answers one request. The edge adds `croft-request-id`; a panic becomes a plain 500.
    async fn handle(&self, request: Request<Body>, context: RequestContext) -> Response<Body>;
}

/// What the edge knows about a request, and nobody may take from its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestContext {
    /// The request's id.
    pub request_id: RequestId,
    /// The client, behind trusted proxies if there are any.
    pub client: IpAddr,
    /// Who holds the other end of the connection.
    pub peer: SocketAddr,
    /// By which kind of host it came.
    pub via: Via,
    /// Whether it came encrypted, as far as trusted proxies tell.
    pub secure: bool,
}

/// By which kind of host a request reached the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The control host: cookies and tokens.
    ControlHost,
    /// An IP literal: bearer tokens only, no cookie is read or set.
    Address,
    /// The default project's host: bearer tokens only, no cookie is read or set.
    DefaultHost,
}

impl Via {
    /// Whether cookies may be read and set.
    pub const fn takes_cookies(self) -> bool {
        matches!(self, Self::ControlHost)
    }
}
