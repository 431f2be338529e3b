//! Projects.

use croft_model::{
    host::HostLabel,
    id::{ProjectId, TeamId},
    name::{Name, Slug},
    permissions::Permission,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its team.
    pub team_id: TeamId,
    /// What people call it.
    pub name: Name,
    /// Its name in addresses and on the command line.
    pub slug: Slug,
    /// The random part of its host names.
    pub label: HostLabel,
    /// Where it answers, like `http://proj-<label>.apps.localhost:8080`.
    pub url: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// When it was deleted, while it can still be restored.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub deleted_at: Option<OffsetDateTime>,
    /// When nothing of it will be left.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub purge_at: Option<OffsetDateTime>,
    /// What the caller may do.
    pub allowed_actions: Vec<Permission>,
}

/// Makes a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateProject {
    /// The team; one's personal team when left out.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// What to call it.
    pub name: Name,
    /// Its slug; made from the name when left out.
    #[serde(default)]
    pub slug: Option<Slug>,
}

/// Renames a project. Its slug changes by a request of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateProject {
    /// The new name.
    pub name: Name,
}

/// Asks what a new slug would mean.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckSlug {
    /// The slug in question.
    pub slug: Slug,
}

/// What a new slug would mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlugCheck {
    /// How things stand.
    pub state: SlugState,
    /// In words, what taking it would do.
    pub explanation: String,
}

/// Whether a slug can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SlugState {
    /// Nobody has or had it.
    Free,
    /// It is the project's own already.
    Own,
    /// A project of the same team had it and its old addresses redirect; it can be taken over.
    Redirects,
    /// Somebody has it.
    Taken,
}

/// Gives a project a new slug; the old one redirects for ever.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeSlug {
    /// The new slug.
    pub slug: Slug,
    /// Takes over a slug that redirects elsewhere, so that those addresses lead here from now on.
    #[serde(default)]
    pub force: bool,
}
