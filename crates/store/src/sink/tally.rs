//! Counts of calls until they are written, and the choice which calls get a row.
//!
//! Whoever records a call holds one of a few locks for some tens of nanoseconds; what takes longer is
//! done by the writer, a few times a second.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use croft_model::{
    function::OutcomeKind,
    id::{FunctionId, ProjectId},
};
use tokio::time::Instant;

use super::allowance::Allowance;
use crate::{
    counts::Count,
    latency::{BUCKETS, Latencies, bucket},
};

/// Locks; each project has one of them.
const SHARDS: usize = 16;
/// Rows a second of a function's failures and slow calls together.
const NOTABLE: u32 = 20;
/// Of these, what slow calls leave to failures.
const FOR_FAILURES: u32 = 10;
/// Rows a second of a project's other calls.
const SAMPLE: u32 = 50;
/// Of these, what busy functions leave to quiet ones.
const FOR_QUIET: u32 = 25;
/// A function is quiet when it had none for so long.
const QUIET: Duration = Duration::from_secs(1);
/// What was not called for so long is forgotten.
const IDLE: Duration = Duration::from_mins(10);
/// Calls that must be known before one can be slow, and of which half is forgotten.
const KNOWN: std::ops::Range<u64> = 100..20_000;

/// What is decided and counted by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) project: ProjectId,
    pub(super) function: FunctionId,
    pub(super) minute: i32,
    pub(super) outcome: OutcomeKind,
    pub(super) failed: bool,
    pub(super) duration_us: u64,
}

/// All that is counted and not yet written.
#[derive(Debug, Default)]
pub(super) struct Tally([Mutex<Shard>; SHARDS]);

#[derive(Debug, Default)]
struct Shard {
    functions: HashMap<FunctionId, Function>,
    samples: Samples,
}

type Samples = HashMap<ProjectId, Allowance>;

#[derive(Debug)]
struct Function {
    project: ProjectId,
    /// One for each minute and outcome: one or two, as a rule.
    counts: Vec<Count>,
    notable: Allowance,
    sampled: Option<Instant>,
    /// What takes longer than what is in this bucket is slow.
    slow_above: usize,
    /// How long calls took lately.
    lately: Latencies,
    called: Instant,
}

/// What a function was called since it was last asked.
#[derive(Debug)]
pub(super) struct Drained {
    pub(super) function: FunctionId,
    pub(super) project: ProjectId,
    pub(super) counts: Vec<Count>,
}

impl Tally {
    fn shard(&self, project: ProjectId) -> MutexGuard<'_, Shard> {
        // Chance is in an id's last bytes.
        let at = usize::from(project.uuid().as_bytes()[15]) % SHARDS;
        self.0[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and asks `keep` for its row when it is to have one.
    pub(super) fn add(&self, call: Call, now: Instant, keep: impl FnOnce() -> bool) {
        let Shard { functions, samples } = &mut *self.shard(call.project);
        let new = || Function::new(call.project, now);
        let function = functions.entry(call.function).or_insert_with(new);
        let has_row = function.is_wanted(&call, samples, now) && keep();
        function.count(&call).add(call.duration_us, has_row);
    }

    /// All counts since the last time, from which it is learned what is slow.
    pub(super) fn drain(&self, now: Instant) -> Vec<Drained> {
        let mut drained = Vec::new();
        for shard in &self.0 {
            let shard = &mut *shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.samples.retain(|_, allowance| !allowance.rests(IDLE, now));
            shard.functions.retain(|id, function| {
                if function.counts.is_empty() {
                    return now.saturating_duration_since(function.called) < IDLE;
                }
                function.called = now;
                function.learn();
                let counts = std::mem::take(&mut function.counts);
                drained.push(Drained { function: *id, project: function.project, counts });
                true
            });
        }
        drained
    }
}

impl Function {
    fn new(project: ProjectId, now: Instant) -> Self {
        Self {
            project,
            counts: Vec::new(),
            notable: Allowance::full(NOTABLE, now),
            sampled: None,
            slow_above: BUCKETS,
            lately: Latencies::default(),
            called: now,
        }
    }

    fn is_wanted(&mut self, call: &Call, samples: &mut Samples, now: Instant) -> bool {
        if call.failed {
            return self.notable.take(NOTABLE, 0, now);
        }
        let is_slow = bucket(call.duration_us) > self.slow_above;
        if is_slow && self.notable.take(NOTABLE, FOR_FAILURES, now) {
            return true;
        }
        let is_busy = self.sampled.is_some_and(|at| now.saturating_duration_since(at) < QUIET);
        let sample = samples.entry(call.project).or_insert_with(|| Allowance::full(SAMPLE, now));
        let taken = sample.take(SAMPLE, if is_busy { FOR_QUIET } else { 0 }, now);
        if taken {
            self.sampled = Some(now);
        }
        taken
    }

    fn count(&mut self, call: &Call) -> &mut Count {
        let fits = |c: &Count| c.minute == call.minute && c.outcome == call.outcome;
        let at = self.counts.iter().position(fits).unwrap_or(self.counts.len());
        if at == self.counts.len() {
            self.counts.push(Count::none(call.minute, call.outcome));
        }
        &mut self.counts[at]
    }

    /// Takes what answered into account, the last calls most.
    fn learn(&mut self) {
        for count in self.counts.iter().filter(|c| c.outcome == OutcomeKind::Returned) {
            self.lately.add_all(&count.latencies);
        }
        let known = self.lately.total();
        let slow_above = self.lately.bucket_at(99).filter(|_| known >= KNOWN.start);
        self.slow_above = slow_above.unwrap_or(BUCKETS);
        if known >= KNOWN.end {
            self.lately.halve();
        }
    }
}
