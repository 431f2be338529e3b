//! Variables and secrets, of a project's environment or of a person.

use croft_model::{name::EnvKey, variable::Category};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A variable or secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Variable {
    /// Its name.
    pub key: EnvKey,
    /// Its value; absent for secrets, which are never shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub value: Option<String>,
    /// Whether it is a secret.
    pub secret: bool,
    /// What it is about.
    pub category: Category,
    /// Counts the values it has had.
    pub version: i64,
    /// When this value was set.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub updated_at: OffsetDateTime,
    /// Who set it, by name; absent when they are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub updated_by: Option<String>,
}

/// Sets a variable, whether or not it was there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetVariable {
    /// The value, at most 64 KiB.
    pub value: String,
    /// Whether to keep it secret. What was secret stays so when left out.
    #[serde(default)]
    pub secret: Option<bool>,
    /// What it is about.
    #[serde(default)]
    pub category: Option<Category>,
}
