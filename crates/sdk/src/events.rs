//! Events of a team or project, as a list or a stream.

use croft_model::{event::EventKind, id::ProjectId, id::TeamId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its place in its stream, from 1 without gaps; streams resume after it.
    pub sequence: i64,
    /// What happened.
    pub kind: EventKind,
    /// The team.
    pub team_id: TeamId,
    /// The project, in a project's stream and in a team's stream when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub project_id: Option<ProjectId>,
    /// The id of what it happened to.
    pub subject: String,
    /// Who did it, by name; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub actor: Option<String>,
    /// More, by kind; never a secret.
    pub payload: serde_json::Value,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
}
