//! What the operator of the installation sees and does: names, sizes and states, not contents.

use std::collections::BTreeMap;

use croft_model::{
    domain::HostPattern,
    id::{ProjectId, TeamId, UserId},
    limits::Limits,
    name::Name,
    permissions::Role,
    user::{Email, SignUp},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AdminUser {
    /// Its id.
    pub id: UserId,
    /// The e-mail.
    pub email: Email,
    /// The name.
    pub name: Name,
    /// Whether they are an operator.
    pub operator: bool,
    /// Whether they are kept from signing in.
    pub disabled: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// Gives a host to a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantDomain {
    /// The project.
    pub project_id: ProjectId,
    /// `shop.example.com`, `*.example.com` or `{tenant}.example.com`.
    pub host: HostPattern,
}

/// Changes an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Keeps them from signing in, and ends their sessions, tokens and streams.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// Makes or unmakes them an operator.
    #[serde(default)]
    pub operator: Option<bool>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AdminTeam {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Name,
    /// How many members it has, open invitations included.
    pub members: u64,
    /// How many projects it has.
    pub projects: u64,
    /// What it is allowed: its plan, with what differs for it.
    pub limits: Limits,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// Sets limits of one team that differ from its plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetLimits {
    /// By name; null goes back to the plan's.
    pub limits: BTreeMap<String, Option<u64>>,
}

/// Enters a team for an hour. Written to that team's audit log and shown to its owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnterTeam {
    /// Why, 10 to 500 characters; the team reads it.
    pub reason: String,
    /// As what; `viewer` when left out, at most `admin`.
    #[serde(default)]
    pub role: Option<Role>,
}

/// Settings of the installation that can change while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InstallationSettings {
    /// Who may make an account.
    pub sign_up: SignUp,
}

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QueueEntry {
    /// What kind of thing.
    pub kind: String,
    /// The id of what it is about.
    pub subject: String,
    /// Whose, if it is a team's.
    #[cfg_attr(feature = "schema", schema(required))]
    pub team_id: Option<TeamId>,
    /// When it is due.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub due_at: OffsetDateTime,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// Why it last failed.
    #[cfg_attr(feature = "schema", schema(required))]
    pub last_error: Option<String>,
    /// Who has it in hand.
    #[cfg_attr(feature = "schema", schema(required))]
    pub claimed_by: Option<String>,
}
