//! How keeping and finding can fail.

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a row could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A constraint of the schema, by its name, refused the row.
    #[error("the constraint {0} refused the row")]
    Constraint(String),
    /// Somebody else changed the row since it was read. Read it again and decide anew.
    #[error("the {0} was changed by somebody else")]
    Stale(&'static str),
    /// A row holds what cannot be; an operator must look at it.
    #[error("inconsistent row {id} in {table}, column {column}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
    },
    /// A sealed value could not be opened.
    #[error(transparent)]
    Seal(#[from] crate::SealError),
    /// The database could not be reached or did not answer in time. May be tried again.
    #[error("the database did not answer")]
    Unavailable(#[source] sqlx::Error),
    /// Any other answer of the database.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) => match db.constraint() {
                Some(name) => Self::Constraint(name.to_owned()),
                None if db.code().is_some_and(|code| is_passing(&code)) => Self::Unavailable(error),
                None => Self::Database(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Whether an error is of the moment: broken connections, conflicts of transactions, locks, time
/// limits, shutdown, too much of something (Postgres, appendix A).
fn is_passing(code: &str) -> bool {
    let class = ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class));
    // A transaction that was idle for too long, and a lock that did not come.
    class || matches!(code, "25P03" | "55P03")
}

impl Error {
    /// Whether the same call may work in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether this constraint refused the row.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(own) if own == name)
    }
}
