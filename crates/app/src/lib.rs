//! Use cases: what somebody can ask of Croft. Each authorizes, loads, decides and saves, in that
//! order, in one transaction with no network call while it is open.
//!
//! A folder per noun, a file per changing verb, `read.rs` for get and list. Nothing here knows
//! HTTP: answers are the model's types, errors are [`Error`].

mod error;
#[cfg(feature = "planted")]
pub mod planted;
mod caller;
mod seats;
mod password;
mod app;
mod journal;
mod listing;
pub mod session;
pub mod teams;
pub mod invitations;
pub mod tokens;
pub mod projects;
pub mod variables;
pub mod domains;
pub mod functions;
pub mod accounts;
pub mod events;
pub mod audit;
pub mod admin;

pub use app::{App, Installation};
pub use caller::{Caller, Grant, Origin, authorize};
pub use error::{Error, Result};
pub use listing::{IdempotencyKey, Listed, Page, Seen};
pub use password::Passwords;
pub use seats::{Place, Places, Seat, Seats};
