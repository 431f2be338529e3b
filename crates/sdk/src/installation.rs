//! The installation as anyone may see it, and its first account.

use croft_model::{
    name::Name,
    user::{Email, SignUp},
};
use serde::{Deserialize, Serialize};

/// What a client needs to know before anyone is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Installation {
    /// Croft's version.
    pub version: String,
    /// Whether the first account is still to be made, by the set-up link.
    pub needs_setup: bool,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// The control plane's address, like `http://croft.localhost:8080`.
    pub control_url: String,
    /// The address for scripts, like `http://127.0.0.1:8080/api/v1`.
    pub api_url: String,
    /// What apps and previews are below, with port when it is not the scheme's own.
    pub apps_domain: String,
}

/// Makes the first account, which is the operator's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The secret behind the `#` of the set-up link.
    pub secret: String,
    /// The e-mail to sign in with.
    pub email: Email,
    /// At least 10 characters.
    pub password: String,
    /// What to call the person; the part of the e-mail before the `@` when left out.
    #[serde(default)]
    pub name: Option<Name>,
    /// What to call the first team; `Personal` when left out.
    #[serde(default)]
    pub team_name: Option<Name>,
}

/// Makes an account where sign-up is open. The answer is the same whether or not the e-mail was
/// free: sign in next.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The e-mail to sign in with.
    pub email: Email,
    /// At least 10 characters.
    pub password: String,
    /// What to call the person.
    #[serde(default)]
    pub name: Option<Name>,
    /// The secret of an invitation; needed where sign-up is by invitation.
    #[serde(default)]
    pub invitation: Option<String>,
}
