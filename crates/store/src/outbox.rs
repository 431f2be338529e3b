//! Who to wake after a commit. Hints only: everyone who waits here also looks by themselves.

use std::sync::Arc;

use tokio::sync::watch;

/// What a transaction touched that somebody may be waiting for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Touched {
    pub(crate) routes: bool,
    pub(crate) due: bool,
    pub(crate) events: bool,
}

/// Counters that move when something was committed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hints {
    routes: Arc<watch::Sender<u64>>,
    due: Arc<watch::Sender<u64>>,
    events: Arc<watch::Sender<u64>>,
}

impl Default for Hints {
    fn default() -> Self {
        let sender = || Arc::new(watch::Sender::new(0));
        Self { routes: sender(), due: sender(), events: sender() }
    }
}

impl Hints {
    pub(crate) fn wake(&self, touched: Touched) {
        let counters = [
            (touched.routes, &self.routes),
            (touched.due, &self.due),
            (touched.events, &self.events),
        ];
        for (_, counter) in counters.into_iter().filter(|(was, _)| *was) {
            counter.send_modify(|n| *n += 1);
        }
    }

    /// Moves when routes, hosts or projects changed.
    pub fn routes(&self) -> watch::Receiver<u64> {
        self.routes.subscribe()
    }

    /// Moves when something may have become due.
    pub fn due(&self) -> watch::Receiver<u64> {
        self.due.subscribe()
    }

    /// Moves when there are new events.
    pub fn events(&self) -> watch::Receiver<u64> {
        self.events.subscribe()
    }
}
