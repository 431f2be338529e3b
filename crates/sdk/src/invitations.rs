//! Invitations into a team.

use croft_model::{
    id::{InvitationId, TeamId},
    name::Name,
    permissions::Role,
    user::Email,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An open invitation, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The only e-mail that can use it, if it names one.
    #[cfg_attr(feature = "schema", schema(required))]
    pub email: Option<Email>,
    /// The role it gives.
    pub role: Role,
    /// Who invites.
    pub invited_by: Name,
    /// Until when it is good.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub expires_at: OffsetDateTime,
}

/// Invites someone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The only e-mail that may accept; anyone with the link when left out.
    #[serde(default)]
    pub email: Option<Email>,
    /// The role they get; never `owner`, and at most one's own.
    pub role: Role,
}

/// A fresh invitation: the link is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Invited {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// The link to send, with the secret behind the `#`.
    pub link: String,
}

/// Shows a link's secret, to see what it is good for or to use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationSecret {
    /// What is behind the `#`.
    pub secret: String,
}

/// What an invitation is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvitationDetails {
    /// The team's name.
    pub team_name: Name,
    /// Who invites.
    pub invited_by: Name,
    /// The role.
    pub role: Role,
    /// The only e-mail that can use it, if it names one.
    #[cfg_attr(feature = "schema", schema(required))]
    pub email: Option<Email>,
}

/// An invitation that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// The team one is in now.
    pub team_id: TeamId,
}
