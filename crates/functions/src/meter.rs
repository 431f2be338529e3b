//! What the call on this thread may still use, and how a native ends it.
//!
//! The engine is shared by all threads of a process and its hooks are told nothing about the
//! call, so the call's bounds are kept per thread.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use croft_model::function::{Budget, Exceeded};
use croft_ports::function_invoker::Outcome;
use rhai::{Dynamic, EvalAltResult, Position};

use crate::alloc;

/// What a native answers: a value, or an error that a script may catch.
pub(crate) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Bytes of a string, and of all strings in one value.
pub(crate) const MAX_STRING: usize = 256 * 1024;
/// Elements of an array and everything in it; also bytes of a blob.
pub(crate) const MAX_ARRAY: usize = 64 * 1024;

/// The clock is read every so many steps; a step is a native call at most.
const STEPS_PER_LOOK: u64 = 16;

struct Bounds {
    deadline: Cell<Option<Instant>>,
    operations: Cell<u64>,
    memory: Cell<i64>,
}

thread_local! {
    static BOUNDS: Bounds = const {
        Bounds { deadline: Cell::new(None), operations: Cell::new(0), memory: Cell::new(0) }
    };
}

/// Ends the call with that outcome, whatever the script would catch.
pub(crate) fn stop<T>(outcome: Outcome) -> Fallible<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::from(outcome), Position::NONE).into())
}

/// Sets the bounds of the call that begins on this thread.
pub(crate) fn begin(deadline: Instant, budget: &Budget) {
    BOUNDS.with(|b| {
        b.deadline.set(Some(deadline));
        b.operations.set(budget.operations);
        b.memory.set(i64::try_from(budget.memory_bytes).unwrap_or(i64::MAX));
    });
}

/// The call has ended: nothing is due any more.
pub(crate) fn finish() {
    BOUNDS.with(|b| b.deadline.set(None));
}

/// Whether the call may go on after so many steps.
#[inline]
pub(crate) fn look(steps: u64) -> Option<Exceeded> {
    BOUNDS.with(|b| {
        if alloc::held() > b.memory.get() {
            Some(Exceeded::Memory)
        } else if steps > b.operations.get() {
            Some(Exceeded::Operations)
        } else if steps.is_multiple_of(STEPS_PER_LOOK) && left().is_zero() {
            Some(Exceeded::Time)
        } else {
            None
        }
    })
}

/// The time the call has left.
pub(crate) fn left() -> Duration {
    BOUNDS
        .with(|b| b.deadline.get())
        .map_or(Duration::MAX, |d| d.saturating_duration_since(Instant::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(operations: u64, memory_bytes: u64) -> Budget {
        Budget { time_ms: 0, memory_bytes, response_bytes: 0, operations, concurrency: 1 }
    }

    #[test]
    fn each_bound_is_seen() {
        alloc::begin();
        begin(Instant::now() + Duration::from_mins(1), &budget(40, 1_000_000));
        assert_eq!(look(32), None);
        assert_eq!(look(41), Some(Exceeded::Operations));
        let kept = vec![0_u8; 2_000_000];
        assert_eq!(look(1), Some(Exceeded::Memory));
        drop(kept);
        begin(Instant::now(), &budget(40, 1_000_000));
        assert_eq!(look(32), Some(Exceeded::Time));
    }
}
