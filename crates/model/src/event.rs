//! Events: what happened, in order, as streams show it.

use serde::{Deserialize, Serialize};

/// What happened. Wire names are `subject.past_tense`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum EventKind {
    /// A project was made.
    #[serde(rename = "project.created")]
    ProjectCreated,
    /// Its name or slug changed.
    #[serde(rename = "project.renamed")]
    ProjectRenamed,
    /// It was deleted; it can be restored for a while.
    #[serde(rename = "project.deleted")]
    ProjectDeleted,
    /// It was brought back.
    #[serde(rename = "project.restored")]
    ProjectRestored,
    /// Nothing of it is left.
    #[serde(rename = "project.purged")]
    ProjectPurged,
    /// A variable or secret was set.
    #[serde(rename = "variable.set")]
    VariableSet,
    /// It was removed.
    #[serde(rename = "variable.unset")]
    VariableUnset,
    /// Someone joined.
    #[serde(rename = "member.joined")]
    MemberJoined,
    /// A member's role changed.
    #[serde(rename = "member.changed")]
    MemberChanged,
    /// A member left or was removed.
    #[serde(rename = "member.removed")]
    MemberRemoved,
    /// A host was claimed.
    #[serde(rename = "domain.claimed")]
    DomainClaimed,
    /// A claim was proven.
    #[serde(rename = "domain.proven")]
    DomainProven,
    /// A claim was given up.
    #[serde(rename = "domain.released")]
    DomainReleased,
    /// A version of a function went live.
    #[serde(rename = "function.deployed")]
    FunctionDeployed,
    /// A function was deleted.
    #[serde(rename = "function.deleted")]
    FunctionDeleted,
    /// A route leads to a function.
    #[serde(rename = "route.added")]
    RouteAdded,
    /// A route leads nowhere any more.
    #[serde(rename = "route.removed")]
    RouteRemoved,
    /// An operator entered the team.
    #[serde(rename = "team.entered")]
    TeamEntered,
}
