//! API tokens.

use croft_model::{
    id::{ProjectId, TokenId, UserId},
    name::Name,
    permissions::{Role, Scope},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: Name,
    /// Whose it is.
    pub user_id: UserId,
    /// The most it may do; never more than its maker may at the time of use.
    pub role: Role,
    /// What kinds of things it may do.
    pub scopes: Vec<Scope>,
    /// The only project it is good for, if it names one.
    #[cfg_attr(feature = "schema", schema(required))]
    pub project_id: Option<ProjectId>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime, required))]
    pub last_used_at: Option<OffsetDateTime>,
    /// Until when it is good; for ever when null.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime, required))]
    pub expires_at: Option<OffsetDateTime>,
}

/// Makes a token of one's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for.
    pub name: Name,
    /// The most it may do; one's own role when left out.
    #[serde(default)]
    pub role: Option<Role>,
    /// What kinds of things it may do; `read` and `write` when left out.
    #[serde(default)]
    pub scopes: Option<Vec<Scope>>,
    /// The only project it is good for.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    /// How many days it is good for, 1 to 3650; for ever when left out.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A fresh token: the secret is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// What to send as `Authorization: Bearer`.
    pub secret: String,
}
