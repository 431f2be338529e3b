//! The edge from outside, on real sockets.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod world;
mod routing;
mod answers;
mod bodies;
mod wire;
mod life;
mod slow;
mod conformance;
mod frames;
