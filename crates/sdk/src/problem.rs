//! Errors, as RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};

/// What went wrong and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[error("{title}: {detail}")]
pub struct Problem {
    /// A URI of the kind of problem: `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This one case, and what to do about it.
    pub detail: String,
    /// A constant for programs, like `not_found` or `quota_exceeded`.
    pub code: String,
    /// The request, for whoever looks into it; also in the header `croft-request-id`.
    pub request_id: String,
    /// Which fields were wrong, when that is what is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The limit that was reached, with `quota_exceeded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub quota: Option<Quota>,
}

/// A field that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Its name, dotted when nested.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Quota {
    /// Its name.
    pub limit: String,
    /// In use.
    pub used: u64,
    /// Allowed.
    pub allowed: u64,
}
