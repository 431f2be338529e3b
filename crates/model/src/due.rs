//! What is due: the kinds of rows in the one queue (decision 36), and when to try again.

use time::Duration;

/// What a row of the due table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DueKind {
    /// A project whose grace period ends.
    ProjectPurge,
    /// Sessions, links, events and other rows that are past their time.
    Cleanup,
}

impl DueKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::ProjectPurge, Self::Cleanup];

    /// The name in the store, in metrics and in `croft admin queue`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProjectPurge => "project_purge",
            Self::Cleanup => "cleanup",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How long to wait after the nth failure (from 1): 1 s doubling to 5 min, plus up to a quarter of
/// it by `chance` (any number), so that many failures of one cause do not come back together.
pub fn backoff(attempts: u32, chance: u32) -> Duration {
    let base_ms = 1000_i64 << attempts.saturating_sub(1).min(9);
    let base_ms = base_ms.min(300_000);
    Duration::milliseconds(base_ms + base_ms / 4 * i64::from(chance % 1000) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        assert_eq!(backoff(1, 0), Duration::seconds(1));
        assert_eq!(backoff(4, 0), Duration::seconds(8));
        assert_eq!(backoff(u32::MAX, 0), Duration::minutes(5));
        assert!(backoff(u32::MAX, u32::MAX) < Duration::seconds(376));
    }
}
