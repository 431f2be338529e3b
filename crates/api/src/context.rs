//! What is known about a request before anything is read from it.

use std::net::IpAddr;

use axum::{extract::FromRequestParts, http::request::Parts};
use croft_app::Origin;
use croft_model::id::RequestId;

use crate::error::ApiError;

/// What the listener in front found out about a request. It is put into the request's extensions
/// there and nowhere else; nothing of it may be taken from a header here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestContext {
    /// The client, behind trusted proxies if there are any.
    pub client: IpAddr,
    /// The request's id.
    pub request: RequestId,
    /// By which kind of host it came.
    pub via: Via,
}

/// By which kind of host a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The control host: cookies, tokens and pages.
    ControlHost,
    /// An IP literal: tokens only; no cookie is read or set and no page served (decision 20).
    Address,
    /// The default project's host: tokens only, likewise (decision 1).
    DefaultHost,
}

impl RequestContext {
    /// The context of a request. Without one nothing is answered: whoever mounted the router forgot
    /// the listener in front.
    pub fn of(parts: &Parts) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .copied()
            .ok_or_else(|| ApiError::internal("the request has no context"))
    }

    /// The same for use cases, which know no HTTP.
    pub fn origin(&self) -> Origin {
        Origin { address: Some(self.client), request: Some(self.request) }
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts)
    }
}
