//! Projects: the unit of isolation.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{
    host::HostLabel,
    id::{ProjectId, TeamId},
    name::{Name, Slug},
};

/// How long a deleted project can be restored.
pub const GRACE: Duration = Duration::days(7);

/// A project as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The team it belongs to, for ever.
    pub team_id: TeamId,
    /// What people call it.
    pub name: Name,
    /// Its name in dashboard addresses and on the command line, unique in the installation.
    pub slug: Slug,
    /// The random part of its host names.
    pub label: HostLabel,
    /// Whether it is there, and until when it can be brought back if not.
    pub state: State,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// Counts changes; a writer must have seen the current one.
    pub version: i64,
}

/// Whether a project is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is.
    Active,
    /// It was deleted and is purged at `purge_at`.
    Deleted {
        /// When it was deleted.
        deleted_at: OffsetDateTime,
        /// When nothing of it will be left.
        purge_at: OffsetDateTime,
    },
}

/// A change that does not fit the project's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongState {
    /// Restoring what is there.
    #[error("the project is not deleted")]
    NotDeleted,
    /// Deleting what is deleted.
    #[error("the project is deleted already")]
    AlreadyDeleted,
}

impl Project {
    /// Active to deleted, to be purged after [`GRACE`].
    pub fn delete(mut self, now: OffsetDateTime) -> Result<Self, WrongState> {
        match self.state {
            State::Active => {
                self.state = State::Deleted { deleted_at: now, purge_at: now + GRACE };
                Ok(self)
            }
            State::Deleted { .. } => Err(WrongState::AlreadyDeleted),
        }
    }

    /// Deleted to active.
    pub fn restore(mut self) -> Result<Self, WrongState> {
        match self.state {
            State::Deleted { .. } => {
                self.state = State::Active;
                Ok(self)
            }
            State::Active => Err(WrongState::NotDeleted),
        }
    }

    /// Whether the time to purge it has come.
    pub fn purge_due(&self, now: OffsetDateTime) -> bool {
        matches!(self.state, State::Deleted { purge_at, .. } if purge_at <= now)
    }
}

/// One of a project's two lives; variables, secrets and databases belong to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// What deployments and functions see.
    Production,
    /// What sandboxes and agents see.
    Development,
}

impl Environment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Production, Self::Development];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Development => "development",
        }
    }

    /// The environment of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        Project {
            id: ProjectId::from_uuid(uuid::Uuid::nil()),
            team_id: TeamId::from_uuid(uuid::Uuid::nil()),
            name: "Blog".parse().unwrap(),
            slug: "blog".parse().unwrap(),
            label: HostLabel::from_random([0; 8]),
            state: State::Active,
            created_at: OffsetDateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn deleted_restored_purged() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let deleted = project().delete(now).unwrap();
        assert!(!deleted.purge_due(now + GRACE - Duration::SECOND));
        assert!(deleted.purge_due(now + GRACE));
        assert_eq!(deleted.clone().delete(now), Err(WrongState::AlreadyDeleted));
        assert_eq!(deleted.restore().unwrap().state, State::Active);
        assert_eq!(project().restore(), Err(WrongState::NotDeleted));
    }
}
