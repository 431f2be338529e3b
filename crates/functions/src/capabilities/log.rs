//! `log`, `print`, `debug`: lines for the project's members, kept with the call.

use std::cell::{Cell, RefCell};

use croft_ports::function_invoker::{LogLevel, LogLine};
use rhai::{Dynamic, Engine};

use super::Natives;
use crate::{meter::Fallible, text};

/// Lines of one call that are kept.
pub(crate) const MAX_LOG_LINES: usize = 100;
/// Bytes of one line that are kept.
pub(crate) const MAX_LOG_LINE_BYTES: usize = 1024;
/// Bytes of all lines of one call that are kept.
pub(crate) const MAX_LOG_BYTES: usize = 8 * 1024;

thread_local! {
    static LOG: RefCell<Vec<LogLine>> = const { RefCell::new(Vec::new()) };
    static LOG_BYTES: Cell<usize> = const { Cell::new(0) };
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn install(engine: &mut Engine) {
    engine
        .on_print(|text| log(LogLevel::Info, text))
        .on_debug(|text, _, _| log(LogLevel::Debug, text));
    let mut natives = Natives::default();
    for (name, level) in [
        ("debug", LogLevel::Debug),
        ("info", LogLevel::Info),
        ("warn", LogLevel::Warn),
        ("error", LogLevel::Error),
    ] {
        natives.unary(name, move |value: Dynamic| -> Fallible<()> {
            log(level, &value.to_string());
            Ok(())
        });
    }
    natives.install(engine, "log");
}

/// Forgets what the call before logged.
pub(super) fn begin() {
    LOG.with_borrow_mut(Vec::clear);
    LOG_BYTES.set(0);
    DROPPED.set(0);
}

/// What the call logged.
pub(super) fn finish() -> Vec<LogLine> {
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

/// Keeps a line of the call's log, as long as there is room for it.
fn log(level: LogLevel, text: &str) {
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

    #[test]
    fn a_log_is_bounded_and_says_so() {
        begin();
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
        begin();
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
