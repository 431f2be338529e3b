//! What can go wrong between client and server, each with what to do next.

use url::Url;

use crate::problem::Problem;

/// A request that did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said why not.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Something else has that name now. A GET follows by itself; a change is for the caller to
    /// repeat with the new name.
    #[error("this has moved{}; repeat with its new name", to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default())]
    Moved {
        /// Where to, if the server said.
        to: Option<String>,
    },
    /// No answer, or only part of one.
    #[error("no answer from {server}: {cause}. {remedy}")]
    Network {
        /// The server's origin.
        server: String,
        /// The innermost cause.
        cause: String,
        /// What to check.
        remedy: &'static str,
    },
    /// An answer that is none of Croft's.
    #[error("{url}: {detail}")]
    Unexpected {
        /// What was asked, without its query.
        url: String,
        /// Its HTTP status, when it is strange for not being a success.
        status: Option<u16>,
        /// What is strange about it.
        detail: String,
    },
    /// Not the address of a server.
    #[error(
        "`{0}` is not a server's address; expected only scheme, host and port, like http://croft.localhost:8080"
    )]
    Address(String),
}

impl Error {
    /// What the server said, if it did.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Moved { .. }
            | Self::Network { .. }
            | Self::Unexpected { .. }
            | Self::Address(_) => None,
        }
    }

    pub(super) fn network(url: &Url, error: reqwest::Error) -> Self {
        let remedy = if error.is_timeout() {
            "It is slow or a firewall drops the connection; try again, or look at its logs."
        } else if error.is_connect() {
            "Check the address and that the server runs there (`croft serve`)."
        } else {
            "The connection broke; try again."
        };
        // The outer layers only say that a request failed, and hold the whole URL.
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let server = url.origin().ascii_serialization();
        Self::Network { server, cause: cause.to_string(), remedy }
    }

    pub(super) fn unexpected(url: &Url, detail: String) -> Self {
        let mut url = url.clone();
        url.set_query(None);
        Self::Unexpected { url: url.into(), status: None, detail }
    }
}
