//! The wire types of Croft's public API and, with feature `client`, the HTTP client.
//!
//! Conventions: `snake_case`, RFC 3339 UTC times, prefixed ids, lists as [`page::Page`]. Requests
//! refuse unknown fields, so a misspelt field is an error and not a silence; answers may gain
//! fields at any time.

pub mod page;
pub mod problem;
pub mod installation;
pub mod session;
pub mod teams;
pub mod invitations;
pub mod tokens;
pub mod projects;
pub mod variables;
pub mod domains;
pub mod functions;
pub mod routes;
pub mod invocations;
pub mod calls;
pub mod events;
pub mod audit;
pub mod admin;
#[cfg(feature = "client")]
pub mod client;
