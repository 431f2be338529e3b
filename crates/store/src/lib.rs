//! Croft's memory: Postgres, and nobody else speaks SQL to it.
//!
//! Rows are reached only through a scope. [`Store::team`] and [`Store::teams`] open a transaction
//! as `croft_app`, which row-level security keeps to the named teams; crossing teams needs
//! [`Store::system`] with a [`Purpose`], which is logged. Methods on [`Tx`] are grouped by noun,
//! one file each; those that only a system scope may call are on `Tx<System>`.
//!
//! This crate knows nothing of HTTP, and makes no decision: it keeps what it is given.

mod seal;
mod file_key;
mod error;
mod page;
mod rows;
pub mod latency;
mod outbox;
mod vault;
mod tx;
#[cfg(feature = "planted")]
pub mod planted;
mod connect;
pub mod users;
pub mod sessions;
pub mod access;
pub mod teams;
pub mod invitations;
pub mod tokens;
pub mod projects;
pub mod variables;
pub mod installation;
pub mod domains;
pub mod function_routes;
pub mod functions;
pub mod counts;
pub mod invocations;
pub mod events;
pub mod audit;
pub mod idempotency;
pub mod due;
pub mod cleanup;
pub mod environments;
pub mod routes;
pub mod sink;

pub use connect::{ConnectError, LateStore, Settings, Store, migrations};
pub use error::{Error, Result};
pub use file_key::FileKey;
pub use outbox::{Hints, StreamHint};
pub use page::{NamedPage, PageRequest};
pub use seal::{KeyRing, MasterKey, SealError, Sealed};
pub use sessions::SecretHash;
pub use tx::{Purpose, Scope, System, Team, Tx};
