//! What a cluster is opened with.

use std::{path::PathBuf, time::Duration};

/// How a cluster is to be run. Sizes hold from the server's next start: one that is found running
/// keeps those it was started with.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// The cluster's name, and that of its files.
    pub name: &'static str,
    /// The unprivileged user that runs the server when Croft is root; else not looked at.
    pub os_user: String,
    /// Where to look for PostgreSQL's programs; see [`super::search_dirs`].
    pub binary_dirs: Vec<PathBuf>,
    /// Most connections at once.
    pub max_connections: u32,
    /// The server's own cache, in MiB.
    pub shared_buffers_mib: u32,
    /// How long to wait until the server accepts connections; recovery after a crash counts.
    pub ready_timeout: Duration,
    /// Writes are not forced to disk: fast, and a power failure destroys the cluster. For tests.
    pub throwaway: bool,
}

impl ClusterSettings {
    /// The cluster of Croft's own rows, sized for a small machine.
    pub fn system(binary_dirs: Vec<PathBuf>) -> Self {
        Self {
            name: "system",
            os_user: "postgres".into(),
            binary_dirs,
            max_connections: 60,
            shared_buffers_mib: 32,
            ready_timeout: Duration::from_mins(1),
            throwaway: false,
        }
    }

    /// The same, for tests: nothing is synced, and there is room for many pools.
    pub fn for_tests(binary_dirs: Vec<PathBuf>) -> Self {
        Self { throwaway: true, max_connections: 300, ..Self::system(binary_dirs) }
    }

    /// The server's settings that are the same wherever it lies. They go on its command line,
    /// which outranks every file of the cluster. No secret is among them.
    pub(super) fn server_options(&self) -> Vec<String> {
        let mut options = vec![
            format!("cluster_name=croft-{}", self.name),
            format!("max_connections={}", self.max_connections),
            format!("shared_buffers={}MB", self.shared_buffers_mib),
        ];
        options.extend(FIXED.map(str::to_owned));
        if self.throwaway {
            options.extend(THROWAWAY.map(str::to_owned));
        }
        options
    }
}

const FIXED: [&str; 14] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "password_encryption=scram-sha-256",
    "logging_collector=off",
    "log_destination=stderr",
    "log_line_prefix=%m [%p] ",
    // Statements and details hold values of rows; values do not belong in a log.
    "log_statement=none",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_wal_size=256MB",
    // Short statements only: compiling them costs more than it gives.
    "jit=off",
    "max_prepared_transactions=0",
];

const THROWAWAY: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
