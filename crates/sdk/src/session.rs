//! Signing in and out, and oneself.

use croft_model::{
    id::{SessionId, TeamId, UserId},
    name::Name,
    permissions::{Permission, Role},
    user::Email,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Signs in by password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The e-mail.
    pub email: String,
    /// The password.
    pub password: String,
    /// How the session is carried: by cookie, for browsers, or as a bearer token in the answer.
    #[serde(default)]
    pub transport: Transport,
}

/// How a session is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In the cookie `__Host-croft`.
    #[default]
    Cookie,
    /// In the answer, to be sent as `Authorization: Bearer`.
    Bearer,
}

/// A sign-in that worked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// Who.
    pub me: Me,
    /// The session's secret, with transport `bearer` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub token: Option<String>,
}

/// Oneself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Me {
    /// The id.
    pub id: UserId,
    /// The e-mail.
    pub email: Email,
    /// The name.
    pub name: Name,
    /// Whether this person runs the installation.
    pub operator: bool,
    /// What they may do to the installation.
    pub allowed_actions: Vec<Permission>,
    /// Their teams, the personal one first.
    pub teams: Vec<Membership>,
}

/// A team one is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The team.
    pub id: TeamId,
    /// Its name.
    pub name: Name,
    /// One's role there.
    pub role: Role,
    /// Whether it is one's personal team.
    pub personal: bool,
    /// What one may do there.
    pub allowed_actions: Vec<Permission>,
}

/// Changes one's name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// The new name.
    pub name: Name,
}

/// Changes one's password; ends all other sessions and streams.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    pub current: String,
    /// The one from now on.
    pub new: String,
}

/// Deletes one's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteMe {
    /// The password, once more.
    pub password: String,
}

/// A place where one is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// The client's address at sign-in.
    pub address: String,
    /// What the client called itself, cut.
    pub user_agent: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub last_used_at: OffsetDateTime,
    /// Until when it is good.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub expires_at: OffsetDateTime,
}
