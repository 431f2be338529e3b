//! A managed cluster, from outside, on the machine's real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod home;
mod access;
mod survival;
mod refusals;
