//! The pool's one timer: late calls, waits that end, idle processes, slices.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::Inner;

/// How often it looks while anything runs or waits. What is late is seen so much later.
const BUSY: Duration = Duration::from_millis(20);
/// How often it looks while processes are only held.
const HELD: Duration = Duration::from_secs(1);

/// What there is to look after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// Calls run or wait.
    Busy,
    /// Projects hold processes without calls.
    Held,
    /// Nothing until the next call.
    Nothing,
    /// The pool is closed and empty.
    Over,
}

/// Looks until the pool is closed and its processes are gone.
pub(super) async fn supervise(inner: Arc<Inner>) {
    loop {
        let load = inner.lock().look(Instant::now());
        inner.settled.notify_waiters();
        match load {
            Load::Busy => tokio::time::sleep(BUSY).await,
            Load::Held => {
                let _ = tokio::time::timeout(HELD, inner.busy.notified()).await;
            }
            Load::Nothing => inner.busy.notified().await,
            Load::Over => return,
        }
    }
}
