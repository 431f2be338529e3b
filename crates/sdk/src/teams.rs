//! Teams and their members.

use croft_model::{
    id::{TeamId, UserId},
    limits::Limits,
    name::Name,
    permissions::{Permission, Role},
    user::Email,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Name,
    /// Whether it is somebody's personal team.
    pub personal: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// The caller's role.
    pub role: Role,
    /// What the caller may do.
    pub allowed_actions: Vec<Permission>,
}

/// Makes a team; the caller owns it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTeam {
    /// Its name.
    pub name: Name,
}

/// Renames a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateTeam {
    /// Its new name.
    pub name: Name,
}

/// Hands a team over; the caller becomes an admin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferTeam {
    /// The member who becomes the owner.
    pub to: UserId,
}

/// What a team may have and has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TeamLimits {
    /// The plan's name.
    pub plan: String,
    /// What is allowed.
    pub allowed: Limits,
    /// What is in use, of the limits that count things.
    pub used: Used,
}

/// What a team uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Used {
    /// Projects, deleted ones within their grace period included.
    pub projects: u64,
    /// Members and open invitations.
    pub members: u64,
    /// Tokens.
    pub tokens: u64,
}

/// A member of a team or project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// Their e-mail.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// Their role.
    pub role: Role,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: OffsetDateTime,
    /// Until when, for an operator who entered the team.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub until: Option<OffsetDateTime>,
}

/// Sets a member's role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// The role; never `owner`, which only a transfer gives.
    pub role: Role,
}
