//! The pool of executors, with real processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

mod answers;
mod capabilities;
mod environment;
mod errors;
mod scripts;
mod hostile;
mod memory;
mod reference;
mod sharing;
