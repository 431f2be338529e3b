//! What the audit log calls the things people do.

use serde::{Deserialize, Serialize};

/// By what means somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A sign-in in a browser or by the CLI.
    Session,
    /// An API token.
    Token,
    /// A link, before anyone was signed in.
    Link,
    /// The command line on the machine itself.
    Console,
    /// Croft, on its own account.
    System,
}

impl Means {
    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Link => "link",
            Self::Console => "console",
            Self::System => "system",
        }
    }
}
