//! What the call on this thread may still use, and what it logged.
//!
//! The engine is shared by all threads of a process and its hooks are told nothing about the
//! call, so the call's bounds are kept per thread.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use croft_model::function::{Budget, Exceeded};
use croft_ports::function_invoker::{LogLevel, LogLine};

use crate::{alloc, text};

/// Lines of one call that are kept.
pub(crate) const MAX_LOG_LINES: usize = 100;
/// Bytes of one line that are kept.
pub(crate) const MAX_LOG_LINE_BYTES: usize = 1024;
/// Bytes of all lines of one call that are kept.
pub(crate) const MAX_LOG_BYTES: usize = 8 * 1024;
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
    static LOG: RefCell<Vec<LogLine>> = const { RefCell::new(Vec::new()) };
    static LOG_BYTES: Cell<usize> = const { Cell::new(0) };
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// Sets the bounds of the call that begins on this thread.
pub(crate) fn begin(deadline: Instant, budget: &Budget) {
    BOUNDS.with(|b| {
        b.deadline.set(Some(deadline));
        b.operations.set(budget.operations);
        b.memory.set(i64::try_from(budget.memory_bytes).unwrap_or(i64::MAX));
    });
    LOG.with_borrow_mut(Vec::clear);
    LOG_BYTES.set(0);
    DROPPED.set(0);
}

/// Ends the call: what it logged.
pub(crate) fn finish() -> Vec<LogLine> {
    BOUNDS.with(|b| b.deadline.set(None));
    let mut lines = LOG.with_borrow_mut(std::mem::take);
    let dropped = DROPPED.take();
    if dropped > 0 {
        let text = format!(
            "{dropped} more lines were left out: a call keeps {MAX_LOG_LINES} lines and {} KiB",
            MAX_LOG_BYTES / 1024
        );
        lines.push(LogLine { level: LogLevel::Warn, text });
    }
    lines
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

/// Keeps a line of the call's log, as long as there is room for it.
pub(crate) fn log(level: LogLevel, text: &str) {
    LOG.with_borrow_mut(|lines| {
        let left = MAX_LOG_BYTES - LOG_BYTES.get();
        let kept = text::clean(text, MAX_LOG_LINE_BYTES.min(left));
        if lines.len() == MAX_LOG_LINES || kept.is_empty() && !text.is_empty() {
            DROPPED.set(DROPPED.get() + 1);
            return;
        }
        LOG_BYTES.set(LOG_BYTES.get() + kept.len());
        lines.push(LogLine { level, text: kept });
    });
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

    #[test]
    fn a_log_is_bounded_and_says_so() {
        begin(Instant::now(), &budget(1, 1));
        for _ in 0..MAX_LOG_LINES + 3 {
            log(LogLevel::Info, "ä");
        }
        let lines = finish();
        assert_eq!(lines.len(), MAX_LOG_LINES + 1);
        assert!(lines[MAX_LOG_LINES].text.starts_with("3 more lines"));
        assert_eq!(finish(), []);
    }

    #[test]
    fn lines_are_cut_one_by_one_and_together() {
        begin(Instant::now(), &budget(1, 1));
        log(LogLevel::Info, "x");
        for _ in 0..10 {
            log(LogLevel::Info, &"ä\0".repeat(MAX_LOG_LINE_BYTES));
        }
        let mut lines = finish();
        assert!(lines.pop().unwrap().text.contains("more lines"));
        let lengths: Vec<_> = lines.iter().map(|l| l.text.len()).collect();
        assert!(lengths.iter().all(|length| *length <= MAX_LOG_LINE_BYTES), "{lengths:?}");
        let all: usize = lengths.iter().sum();
        assert!((MAX_LOG_BYTES - 30..=MAX_LOG_BYTES).contains(&all), "{lengths:?}");
    }
}
