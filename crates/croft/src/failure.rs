//! How a command can fail: its exit code, what is said, and what to do next.

use croft_model::Invalid;
use croft_sdk::{client, problem::Problem};
use serde_json::json;

use crate::{escape, settings::Problems};

/// Exit codes, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The server or the network failed, or something on this machine.
    Failed = 1,
    /// The command line, a value or a setting is wrong.
    Usage = 2,
    /// Not signed in, or no longer.
    NotSignedIn = 3,
    /// What was named is not there, or not to be seen.
    NotFound = 4,
    /// Not allowed, or a limit is reached.
    Refused = 5,
    /// It does not fit how things stand: a name is taken, something has changed since.
    Conflict = 6,
    /// A function that was called failed, or answered with an error's status.
    Called = 7,
}

impl Exit {
    /// All of them with what they mean, for the reference.
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::Failed, "the server, the network or something on this machine failed"),
        (Self::Usage, "the command line, a value or a setting is wrong"),
        (Self::NotSignedIn, "not signed in, or no longer"),
        (Self::NotFound, "what was named is not there, or you may not see it"),
        (Self::Refused, "you may not do this, or a limit is reached"),
        (Self::Conflict, "it does not fit how things stand: a name is taken, say"),
        (Self::Called, "the function that was called failed, or answered 400 or above"),
    ];

    /// The code a problem's status means.
    fn of_status(status: u16) -> Self {
        match status {
            400 | 413 | 415 | 422 => Self::Usage,
            401 => Self::NotSignedIn,
            404 | 410 => Self::NotFound,
            403 | 429 => Self::Refused,
            409 | 412 => Self::Conflict,
            _ => Self::Failed,
        }
    }
}

/// A command that did not work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    code: &'static str,
    message: String,
    next: Option<String>,
    details: Vec<String>,
    problem: Option<Box<Problem>>,
}

impl Failure {
    /// A failure with its constant for programs, and a message that says what to do next.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), next: None, details: Vec::new(), problem: None }
    }

    /// A wrong value or command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Something named that is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }

    /// Nobody is signed in at that server.
    pub(crate) fn not_signed_in(server: &str) -> Self {
        let message = format!("you are not signed in at {server}; run: croft login {server}");
        Self::new(Exit::NotSignedIn, "not_signed_in", message)
    }

    /// For people, on standard error.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![format!("croft: {}", escape::lines(&self.message))];
        for error in self.problem.iter().flat_map(|p| &p.errors) {
            lines.push(escape::line(&format!("{}: {}", error.field, error.problem)));
        }
        lines.extend(self.next.clone());
        if let Some(problem) = self.problem.as_ref().filter(|p| p.status >= 500) {
            lines.push(escape::line(&format!("request {}", problem.request_id)));
        }
        lines.join("\n  ")
    }

    /// For programs: problem+json (RFC 9457), the server's own where it is the server's.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.problem {
            Some(problem) => json!(problem),
            None => json!({
                "type": format!("/problems/{}", self.code),
                "title": "The command did not work",
                "detail": self.message,
                "code": self.code,
                "problems": self.details,
            }),
        }
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        let message = error.to_string();
        match error {
            client::Error::Problem(problem) => {
                let exit = Exit::of_status(problem.status);
                let next = match exit {
                    Exit::NotSignedIn => Some("To sign in, run: croft login".to_owned()),
                    Exit::Failed
                    | Exit::Usage
                    | Exit::NotFound
                    | Exit::Refused
                    | Exit::Conflict
                    | Exit::Called => None,
                };
                Self { next, problem: Some(problem), ..Self::new(exit, "problem", message) }
            }
            client::Error::Moved { .. } => Self::new(Exit::Conflict, "moved", message),
            client::Error::Network { .. } => Self::new(Exit::Failed, "network", message),
            client::Error::Unexpected { .. } => Self::new(Exit::Failed, "unexpected", message),
            client::Error::Address(_) => Self::usage(message),
        }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::usage(invalid.to_string())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let message = problems.to_string();
        Self { details: problems.0, ..Self::new(Exit::Usage, "settings", message) }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, "failed", format!("{error:#}"))
    }
}
