//! What can go wrong with a cluster, and what to do about it.

use std::{io, path::PathBuf};

/// A cluster could not be opened or used. The text says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No usable binaries.
    #[error(
        "no PostgreSQL server (version {oldest} or newer) is installed on this machine; looked for \
         `postgres` and `initdb` in {looked}. Install it (Debian and Ubuntu: `apt-get install \
         postgresql`; Fedora: `dnf install postgresql-server`), or set CROFT_DATABASE_URL to a \
         server of your own"
    )]
    MissingBinaries {
        /// The oldest major version that will do.
        oldest: u32,
        /// The directories that were looked at.
        looked: String,
    },
    /// The cluster was made by a major version that is not installed.
    #[error(
        "the cluster in {data} was made by PostgreSQL {made_by}, and installed here is only \
         {installed}. Nothing was changed. Install that version beside the other (Debian and \
         Ubuntu: `apt-get install postgresql-{made_by}`; older ones come from apt.postgresql.org) \
         and start Croft again: it uses the version that fits. To move the cluster to another \
         version follow docs/runbooks/postgres-upgrade.md"
    )]
    OtherMajor {
        /// The cluster's directory.
        data: PathBuf,
        /// The major version in its `PG_VERSION`.
        made_by: String,
        /// The major versions that were found.
        installed: String,
    },
    /// Something else is where the cluster should be.
    #[error(
        "{0} is not empty and not a PostgreSQL cluster (no readable PG_VERSION). Nothing was \
         changed. Restore it from a backup, or move it away to begin with an empty one"
    )]
    NotACluster(PathBuf),
    /// The cluster is there, its password is not.
    #[error(
        "the cluster {data} exists but the password of its superuser is missing: {password}. \
         Restore that file from a backup, or set a new password as in \
         docs/runbooks/postgres-password.md"
    )]
    LostPassword {
        /// The cluster's directory.
        data: PathBuf,
        /// The file that should hold the password.
        password: PathBuf,
    },
    /// The server does not take the stored password.
    #[error(
        "the server refuses the password in {0}: the file is not of this cluster, or the password \
         was changed in the server. Restore the file, or set the password anew as in \
         docs/runbooks/postgres-password.md"
    )]
    WrongPassword(PathBuf),
    /// The user to run the server as does not exist or is root.
    #[error(
        "Croft runs as root and the server must not, but there is no unprivileged user {0:?} on \
         this machine. The package `postgresql` makes the user `postgres`; or make one (`useradd \
         --system --user-group --shell /usr/sbin/nologin {0}`), or start Croft as another user"
    )]
    UnknownUser(String),
    /// The server's user cannot reach the data directory.
    #[error(
        "the user {user} that runs the server may not pass through {dir}. Allow it (`chmod o+x \
         {dir}`), or choose a CROFT_DATA_DIR elsewhere, such as /var/lib/croft"
    )]
    NoPassage {
        /// The server's user.
        user: String,
        /// The first directory on the way that is closed to it.
        dir: PathBuf,
    },
    /// A file or directory belongs to someone unexpected.
    #[error("{path} belongs to uid {uid}, but should belong to uid {expected}: {hint}")]
    ForeignOwner {
        /// What.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
        /// Whose it should be.
        expected: u32,
        /// What to do.
        hint: &'static str,
    },
    /// The directory for the socket is not one that only the server can write.
    #[error(
        "{path} cannot hold the server's socket: {why}. The data directory's path is too long or \
         too odd for a socket of its own (at most {longest} bytes); remove {path} if it is not \
         in use, or choose a shorter CROFT_DATA_DIR"
    )]
    SocketDir {
        /// Where the socket would have gone.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
        /// How long a directory's path may be.
        longest: usize,
    },
    /// A program failed or did not end in time.
    #[error("{program} failed: {said}")]
    Program {
        /// Which.
        program: PathBuf,
        /// What it said at last.
        said: String,
    },
    /// The server ends when started.
    #[error("the server ends as soon as it is started. The end of its log, {log}:\n{said}")]
    Start {
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        said: String,
    },
    /// The server runs but took too long to accept connections.
    #[error(
        "the server (pid {pid}) did not accept connections within {seconds} s. It is left running: \
         recovery after a crash can take long, and the next start waits for it again. The end of \
         its log, {log}:\n{said}"
    )]
    NotReady {
        /// The postmaster.
        pid: i32,
        /// How long it was waited for.
        seconds: u64,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        said: String,
    },
    /// The server does not end.
    #[error("the server (pid {0}) did not end when told to; see why with `ps -fp {0}`")]
    NotStopped(i32),
    /// The name cannot name a database.
    #[error("{0:?} cannot name a database: use 1 to 63 of a-z, 0-9 and _, a letter first")]
    DatabaseName(String),
    /// A statement failed or took too long.
    #[error("cannot {doing}")]
    Sql {
        /// What was being done.
        doing: String,
        /// What the server or the connection said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file, directory or process could not be handled.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

/// Says what an I/O error was about.
pub(super) trait Doing<T> {
    /// `doing` follows "cannot".
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, ClusterError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::Io { doing: doing(), source })
    }
}
