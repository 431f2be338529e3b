//! Controllers, and the loop over the due table that activates them.
//!
//! An activation is told that it should look, never what changed: the first run, a restart and an
//! ordinary day are one code path. It looks, decides by a pure function of the model, acts, and
//! says when to look again. Nothing is retried inside an activation; the next one is the retry.
//!
//! This crate knows nothing of HTTP and nothing of who asked.

mod controller;
mod purge;
mod cleanup;
mod worker;

pub use worker::{Settings, Worker};
