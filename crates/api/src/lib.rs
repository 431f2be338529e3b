//! The public HTTP API.
//!
//! A request becomes a caller and wire types, goes to one use case of `croft-app`, and the answer
//! becomes wire types again. No rule and no query is here; this crate cannot name the store, a
//! provider or a runtime.
//!
//! Modules are listed lowest first.

pub mod error;
pub mod context;
pub mod cookie;
pub mod csrf;
pub mod limit;
mod known;
mod calls;
pub mod gate;
pub mod auth;
pub mod idempotency;
pub mod body;
pub mod page;
pub mod stream;
pub mod tenant_body;
mod call_fields;
pub mod assets;
mod trace;
mod layers;
pub mod system;
mod document;
mod state;
mod routes;
mod router;
#[cfg(test)]
mod tests;
mod service;

pub use context::{RequestContext, Via};
pub use router::{openapi, router};
pub use service::Service;
pub use state::ApiSettings;
