//! Private Postgres clusters, run from the machine's own binaries inside the data directory.
//!
//! A cluster listens on a unix socket only, asks every role for a password and, when Croft is
//! root, runs as an unprivileged user that can read nothing else of Croft's. The server outlives
//! Croft: what is found running is adopted, so that an upgrade of Croft breaks no connection of
//! anyone else, and `kill -9` of either loses nothing.
//!
//! What lies where (`<name>` is the cluster's name):
//!
//! | path below the data directory | what | owner |
//! |---|---|---|
//! | `lock` | held by the running Croft | Croft |
//! | `postgres/<name>/` | the cluster; appears whole or not at all | server |
//! | `postgres/<name>.new/` | one that is being made | server |
//! | `postgres/<name>.password` | password of the superuser | Croft |
//! | `postgres/<name>.<login>.password` | password of a login role | Croft |
//! | `postgres/<name>.hba.conf` | who may log in, out of the server's own reach | Croft |
//! | `postgres/<name>.log`, `.log.1` | what the server says, at most 8 MiB each | Croft |
//! | `postgres/<name>.run/` | the socket | server |
//!
//! This room knows no schema of Croft's: tables and policies belong to the store.

mod error;
mod lock;
mod binaries;
mod settings;
mod files;
mod identity;
mod process;
mod connect;
mod layout;
mod initialize;
mod server;
mod database;
mod cluster;

pub use binaries::{Binaries, search_dirs};
pub use cluster::Cluster;
pub use connect::ConnectInfo;
pub use database::made as made_database;
pub use error::ClusterError;
pub use lock::{DataDirLock, LockError};
pub use settings::ClusterSettings;
