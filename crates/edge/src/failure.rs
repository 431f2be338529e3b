//! What can go wrong at the edge, as values. They carry what the client is told, and nothing else:
//! a function's own error reaches its project's log, never an answer.

use std::fmt;

use http::StatusCode;

use crate::hosts::HostError;

/// A request that is answered by Croft instead of whom it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    Host(HostError),
    /// Neither a path nor an absolute URL of HTTP, or a tunnel.
    Target,
    /// A transfer coding besides chunked.
    Coding,
    /// A host that nobody has.
    UnknownHost(String),
    /// A host of a project, and nothing there.
    NotFound,
    /// The path is there for these methods.
    MethodNotAllowed(Vec<String>),
    /// The body is larger than so many bytes.
    BodyTooLarge(usize),
    /// The body did not come in time.
    BodySlow,
    /// The body broke off or is malformed.
    BodyBroken,
    /// There is no room for the body now.
    BodiesFull,
    /// There is no room for the answer now.
    AnswersFull,
    /// No routes are known yet.
    Starting,
    /// The function raised an error, or used what it was not given.
    FunctionFailed,
    /// The function took too long.
    FunctionSlow,
    /// The function ran into another bound.
    FunctionExceeded,
    /// The function cannot be run now.
    FunctionUnavailable,
    /// A bug of ours.
    Internal,
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Host(_) | Self::Target | Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::Coding => StatusCode::NOT_IMPLEMENTED,
            Self::UnknownHost(_) | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodySlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodiesFull | Self::AnswersFull | Self::Starting | Self::FunctionUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::FunctionSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::FunctionFailed | Self::FunctionExceeded | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// A constant for programs.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "bad_host",
            Self::Target => "bad_request",
            Self::Coding => "transfer_coding",
            Self::UnknownHost(_) => "unknown_host",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::BodyTooLarge(_) => "body_too_large",
            Self::BodySlow => "body_timeout",
            Self::BodyBroken => "body_broken",
            Self::BodiesFull | Self::AnswersFull => "overloaded",
            Self::Starting => "starting",
            Self::FunctionFailed => "function_failed",
            Self::FunctionSlow => "function_timeout",
            Self::FunctionExceeded => "function_exceeded",
            Self::FunctionUnavailable => "function_unavailable",
            Self::Internal => "internal",
        }
    }

    /// The kind in a few words.
    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::Host(_) | Self::Target | Self::Coding => "The request cannot be read",
            Self::UnknownHost(_) => "Nothing is here",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed(_) => "Method not allowed",
            Self::BodyTooLarge(_) => "The body is too large",
            Self::BodySlow => "The body took too long",
            Self::BodyBroken => "The body cannot be read",
            Self::BodiesFull | Self::AnswersFull | Self::FunctionUnavailable => "Too busy",
            Self::Starting => "Starting",
            Self::FunctionFailed => "The function failed",
            Self::FunctionSlow => "The function took too long",
            Self::FunctionExceeded => "The function ran into a limit",
            Self::Internal => "Something broke",
        }
    }

    /// Whether the same request may succeed in a second.
    pub(crate) const fn passes(&self) -> bool {
        matches!(
            self,
            Self::BodiesFull | Self::AnswersFull | Self::Starting | Self::FunctionUnavailable
        )
    }
}

impl fmt::Display for Failure {
    /// This one case, and what to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LOG: &str = "Its project's members find the reason under this request id.";
        match self {
            Self::Host(error) => error.fmt(f),
            Self::Target => f.write_str("The request's target is neither a path nor an HTTP URL."),
            Self::Coding => {
                f.write_str("A body may be sent chunked, and in no other transfer coding.")
            }
            Self::UnknownHost(host) => write!(
                f,
                "No project here has the host {host}. Claim and prove it in a project's domains, \
                 or check the spelling."
            ),
            Self::NotFound => f.write_str("No function or deployment answers this path."),
            Self::MethodNotAllowed(allow) => {
                write!(f, "This path answers {} only.", allow.join(", "))
            }
            Self::BodyTooLarge(limit) => write!(f, "A body may have at most {limit} bytes."),
            Self::BodySlow => f.write_str("The body did not arrive in time; send it again."),
            Self::BodyBroken => f.write_str("The body broke off or is malformed; send it again."),
            Self::BodiesFull => f.write_str("Too many bodies are being received; try again soon."),
            Self::AnswersFull => f.write_str(
                "Too many answers wait to be taken; take those that were asked for, and try again \
                 soon.",
            ),
            Self::Starting => f.write_str("Croft is reading its routes; try again in a second."),
            Self::FunctionFailed => write!(f, "The function ended with an error. {LOG}"),
            Self::FunctionSlow => write!(f, "The function did not answer in time. {LOG}"),
            Self::FunctionExceeded => write!(f, "The function used more than it may. {LOG}"),
            Self::FunctionUnavailable => {
                f.write_str("The function cannot be run at this moment; try again soon.")
            }
            Self::Internal => {
                f.write_str("This is a fault of Croft's. Its operator finds it by the request id.")
            }
        }
    }
}
