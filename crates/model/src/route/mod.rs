//! Routes: what leads to a function, and which of a project's routes answers a request.
//!
//! The edge, and whoever says beforehand what would happen, decide by the one [`Tree`].

mod pattern;
mod reserved;
mod paths;
mod tree;
mod explain;
mod overlap;
#[cfg(test)]
mod rule;
#[cfg(test)]
mod naive;

pub use explain::{Explained, Outcome, Step, explain};
pub use overlap::{Overlap, Side, conflict, overlaps};
pub use pattern::{Method, PathPattern, RoutePattern, Segment, decoded};
pub use reserved::{Reserved, reserved};
pub use tree::{Found, Match, Tree};
