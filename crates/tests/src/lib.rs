//! The harness of the tests that cross crates: a whole Croft in the test's process, on a database of
//! its own in a real Postgres, and people who make requests to it.
//!
//! Modules are listed lowest first.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]
// What a test does not look at is asked for its own sake.
#![allow(clippy::must_use_candidate, clippy::return_self_not_must_use)]

pub mod postgres;
pub mod server;
pub mod elsewhere;
pub mod kill;
pub mod world;
pub mod person;
pub mod doors;

pub use person::{Answer, Person};
pub use world::World;
