//! How a use case can fail, by what its caller could do about it. No transport.

use croft_model::{Invalid, access::Refused, limits::QuotaExceeded};

/// A result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not carried out. What `Display` says is for the person who asked; the source
/// is for the log and reaches nobody else.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing for this caller; whether it exists for others is not said.
    #[error("{0}")]
    NotFound(String),
    /// It is found under another name from now on.
    #[error("this project is called `{0}` now")]
    Moved(croft_model::name::Slug),
    /// Fields were wrong.
    #[error("{}", .0.first().map_or_else(|| "the request is not valid".to_owned(), ToString::to_string))]
    Invalid(Vec<Invalid>),
    /// Nobody is signed in, or the credentials are not good (any more).
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller may see the thing but not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The request does not fit how things are now.
    #[error("{0}")]
    Conflict(String),
    /// A limit is reached.
    #[error("{quota}. {remedy}", quota = .0, remedy = .0.remedy())]
    QuotaExceeded(QuotaExceeded),
    /// Too many ask for the same at one time; the same request may work in a moment.
    #[error("{0}")]
    Busy(&'static str),
    /// Something Croft needs did not answer; the same request may work in a moment.
    #[error("something Croft needs did not answer; try again in a moment")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours.
    #[error("something went wrong in Croft; the operator finds it in the log by the request id")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// No such thing, by its noun and how it was asked for.
    pub fn not_found(noun: &str, asked: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("there is no {noun} `{asked}`, or you are not a member of its team"))
    }

    /// One field was wrong.
    pub fn invalid(field: &str, problem: impl Into<String>) -> Self {
        Self::Invalid(vec![Invalid::new(field, problem)])
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(vec![invalid])
    }
}

impl From<QuotaExceeded> for Error {
    fn from(quota: QuotaExceeded) -> Self {
        Self::QuotaExceeded(quota)
    }
}

impl From<Refused> for Error {
    /// `Unseen` needs the noun: map it where the thing is loaded. Reaching here it names none.
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unseen => {
                Self::NotFound("there is no such thing, or you are not a member of its team".into())
            }
            Refused::Role(_) | Refused::Operator | Refused::Entered | Refused::Scope(_) => {
                Self::Forbidden(refused.to_string())
            }
        }
    }
}

impl From<croft_store::Error> for Error {
    fn from(error: croft_store::Error) -> Self {
        match error {
            croft_store::Error::Stale(noun) => Self::Conflict(format!(
                "the {noun} was changed by somebody else just now; look again and repeat"
            )),
            error if error.is_transient() => Self::Unavailable(Box::new(error)),
            error => Self::Internal(Box::new(error)),
        }
    }
}
