//! Domains claimed by a project.

use croft_model::{
    domain::{ClaimState, HostPattern},
    id::{DomainId, ProjectId},
    name::{Name, Slug},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// What is claimed.
    pub host: HostPattern,
    /// Whether it counts yet.
    pub state: ClaimState,
    /// While pending: the TXT record that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub proof: Option<Proof>,
    /// When it was claimed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// What to publish to prove a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proof {
    /// The name of the TXT record.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A claim, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ClaimedDomain {
    /// Its id.
    pub id: DomainId,
    /// What is claimed.
    pub host: HostPattern,
    /// Whether it counts yet.
    pub state: ClaimState,
    /// The claimant.
    pub project_id: ProjectId,
    /// The claimant's slug.
    pub project: Slug,
    /// Its team's name.
    pub team: Name,
    /// When it was claimed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// Claims a host or pattern of hosts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimDomain {
    /// `shop.example.com`, `*.example.com` or `{tenant}.example.com`.
    pub host: HostPattern,
}
