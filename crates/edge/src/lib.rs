//! The HTTP data plane: from a socket to a host, from a host to a project, from a path to a target.
//!
//! It routes by immutable snapshots alone: finding out where a request goes takes no lock of ours
//! and asks no database.
//! Croft's own requests go to a [`ControlHandler`] that the binary gives; everything else is a
//! tenant's, and both sides are taken for adversaries.
//!
//! Modules are listed lowest first; a module uses only those above it.

mod settings;
mod control;
mod client;
mod shards;
pub mod table;
mod hosts;
mod failure;
mod rescue;
mod headers;
mod meters;
mod refresh;
mod pulse;
mod oversize;
mod reply;
mod room;
mod intake;
mod dispatch;
mod service;
mod listener;

pub use control::{Body, BoxError, ControlHandler, RequestContext, Via};
pub use listener::{Edge, Outside};
pub use settings::{EdgeLimits, EdgeSettings};
