//! What requests are made of: names of projects, pages of lists, addresses.

use std::{fmt, str::FromStr};

use croft_model::{
    Invalid,
    domain::HostPattern,
    function::{OutcomeKind, Trigger},
    id::{ProjectId, TeamId},
    name::{FunctionName, Slug},
};
use serde::Serialize;
use url::Url;

use crate::invocations::CountStep;

/// A project by id or slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    /// By its id.
    Id(ProjectId),
    /// By its slug, or one it once had.
    Slug(Slug),
}

impl FromStr for ProjectRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // An underscore is in every id and in no slug.
        if text.contains('_') {
            return text.parse().map(Self::Id);
        }
        text.parse().map(Self::Slug)
    }
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Slug(slug) => write!(f, "{slug}"),
        }
    }
}

impl From<ProjectId> for ProjectRef {
    fn from(id: ProjectId) -> Self {
        Self::Id(id)
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct List {
    /// How many at most; the server's default when left out.
    pub limit: Option<u32>,
    /// What `next` of the page before said.
    pub after: Option<String>,
}

/// Which projects.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProjectList {
    /// Which page.
    #[serde(flatten)]
    pub list: List,
    /// Of one team only.
    pub team: Option<TeamId>,
    /// Those deleted that can still be restored, instead of those that are there.
    pub deleted: bool,
}

/// Which claims of hosts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdminDomainList {
    /// Which page.
    #[serde(flatten)]
    pub list: List,
    /// Of this host or pattern only.
    pub host: Option<HostPattern>,
}

/// With which version to compare.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Against {
    /// Its number; the one just before when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<i64>,
}

/// Which calls; all that is left out fits.
#[derive(Debug, Clone, Default, Serialize)]
pub struct InvocationFilter {
    /// Of one function only.
    pub function: Option<FunctionName>,
    /// That ended so.
    pub outcome: Option<OutcomeKind>,
    /// Answered with a status like `404`, or `5xx` for all of a kind.
    pub status: Option<String>,
    /// Made by this.
    pub trigger: Option<Trigger>,
    /// That came in at this time (RFC 3339) or later.
    pub since: Option<String>,
    /// That came in before.
    pub until: Option<String>,
}

/// Which calls, and which page of them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct InvocationList {
    /// Which page.
    #[serde(flatten)]
    pub list: List,
    /// Which calls.
    #[serde(flatten)]
    pub filter: InvocationFilter,
}

/// Which counts of calls.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CountList {
    /// Of one function only.
    pub function: Option<FunctionName>,
    /// From this time (RFC 3339) on.
    pub since: Option<String>,
    /// Until then.
    pub until: Option<String>,
    /// By the minute or by the hour.
    pub step: CountStep,
}

/// The address of an operation. Paths are made of ids and checked names only, so nothing in them
/// needs escaping; what is null or false stays out of the query.
pub(super) fn url(server: &Url, path: &str, query: &impl Serialize) -> Url {
    let mut url = server.clone();
    url.set_path(&format!("/api/v1{path}"));
    if let Ok(serde_json::Value::Object(pairs)) = serde_json::to_value(query) {
        for (key, value) in pairs {
            match value {
                serde_json::Value::Null | serde_json::Value::Bool(false) => {}
                serde_json::Value::String(text) => {
                    url.query_pairs_mut().append_pair(&key, &text);
                }
                other => {
                    url.query_pairs_mut().append_pair(&key, &other.to_string());
                }
            }
        }
    }
    url
}
