//! Counts that are not in the store yet. While it is away they go on here, coarser the longer that
//! lasts, so that they stay few.

use std::collections::HashMap;

use croft_model::{
    function::OutcomeKind,
    id::{FunctionId, ProjectId},
};

use super::tally::Drained;
use crate::counts::Count;

/// Counts kept apart; above it, minutes are merged into hours, days and months, as needed.
const MOST: usize = 20_000;
/// What minutes are merged into: hours, days, thirty days; in minutes.
const COARSER: [i32; 3] = [60, 24 * 60, 30 * 24 * 60];

/// By function, minute and outcome.
#[derive(Debug, Default)]
pub(super) struct Pending {
    counts: HashMap<(FunctionId, i32, OutcomeKind), (ProjectId, Count)>,
}

impl Pending {
    /// Adds what was drained.
    pub(super) fn add(&mut self, drained: Vec<Drained>) {
        for Drained { function, project, counts } in drained {
            for count in &counts {
                self.add_one(function, project, count);
            }
        }
        for coarser in COARSER {
            if self.counts.len() <= MOST {
                return;
            }
            for ((function, ..), (project, mut count)) in std::mem::take(&mut self.counts) {
                count.minute = count.minute / coarser * coarser;
                self.add_one(function, project, &count);
            }
        }
    }

    /// Adds to what there is.
    pub(super) fn add_one(&mut self, function: FunctionId, project: ProjectId, count: &Count) {
        let key = (function, count.minute, count.outcome);
        let none = || (project, Count::none(count.minute, count.outcome));
        self.counts.entry(key).or_insert_with(none).1.add_all(count);
    }

    /// Takes at most so many.
    pub(super) fn take(&mut self, most: usize) -> Vec<(ProjectId, FunctionId, Count)> {
        let keys: Vec<_> = self.counts.keys().take(most).copied().collect();
        let taken = keys.into_iter().filter_map(|key| {
            self.counts.remove(&key).map(|(project, count)| (project, key.0, count))
        });
        taken.collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use croft_model::id::Id;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_long_absence_costs_detail_and_no_call() {
        let mut pending = Pending::default();
        let project = Id::from_uuid(Uuid::nil());
        // Ten functions for three weeks.
        for minute in 0..30_240 {
            let drained = (0..10).map(|function| {
                let mut count = Count::none(minute, OutcomeKind::Returned);
                count.add(1, false);
                let function = Id::from_uuid(Uuid::from_u128(function));
                Drained { function, project, counts: vec![count] }
            });
            pending.add(drained.collect());
            assert!(pending.counts.len() <= MOST + 10);
        }
        let mut calls = 0;
        while !pending.is_empty() {
            let taken = pending.take(1000);
            assert!(!taken.is_empty() && taken.len() <= 1000);
            calls += taken.iter().map(|(_, _, count)| count.calls).sum::<u64>();
        }
        assert_eq!(calls, 302_400);
    }
}
