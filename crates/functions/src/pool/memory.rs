//! The memory that all running calls together may take.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// So many bytes for calls, each of which takes what its budget allows it. Asked under the pool's
/// lock; given back by whoever drops a [`Reserved`].
#[derive(Debug)]
pub(super) struct Memory {
    all: u64,
    used: Arc<AtomicU64>,
}

/// The memory of one running call.
#[derive(Debug)]
pub(super) struct Reserved {
    pub(super) bytes: u64,
    used: Arc<AtomicU64>,
}

impl Memory {
    pub(super) fn new(all: u64) -> Self {
        Self { all, used: Arc::default() }
    }

    /// Memory for a call, when there is so much; a call that is larger than all of it runs alone.
    pub(super) fn reserve(&self, bytes: u64) -> Option<Reserved> {
        let used = self.used.load(Relaxed);
        let after = used.saturating_add(bytes);
        (used == 0 || after <= self.all).then(|| {
            self.used.fetch_add(bytes, Relaxed);
            Reserved { bytes, used: Arc::clone(&self.used) }
        })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Relaxed);
    }
}
