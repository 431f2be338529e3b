//! The invocation log's way in: every call is counted, some get a row, and nobody waits.
//!
//! [`Sink`] is what callers see: it counts in memory and hands rows to a queue. [`Writer`] writes
//! both down, each batch exactly once, a few times a second. What a row was not made for is counted
//! as left out: because it was one of many of its kind, or because the queue was full.

mod allowance;
mod tally;
mod pending;
mod writer;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use croft_ports::{
    Clock, Entropy,
    invocation_log::{Invocation, InvocationLog},
};
use tokio::{sync::mpsc, time::Instant};

use crate::{LateStore, counts::minute};
use tally::{Call, Tally};

pub use writer::Writer;

/// Rows that may wait to be written.
const WAITING: usize = 8192;
/// Bytes that they may hold together.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Takes calls and hands them to the [`Writer`].
#[derive(Debug, Clone)]
pub struct Sink {
    rows: mpsc::Sender<Invocation>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    tally: Tally,
    waiting_bytes: AtomicUsize,
}

/// A sink and its writer. Until the store is there it is the same as while it is away.
pub fn invocation_log(
    store: LateStore,
    clock: Arc<dyn Clock>,
    entropy: &dyn Entropy,
) -> (Sink, Writer) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let shared = Arc::new(Shared::default());
    let sink = Sink { rows: sender, shared: Arc::clone(&shared) };
    (sink, Writer::new(store, clock, entropy, receiver, shared))
}

impl InvocationLog for Sink {
    fn record(&self, invocation: Invocation) {
        let call = Call {
            project: invocation.project,
            function: invocation.function,
            minute: minute(invocation.at),
            outcome: invocation.outcome,
            failed: invocation.has_failed(),
            duration_us: invocation.duration_us,
        };
        // What is not kept is dropped below, when the lock is given back.
        let mut row = Some(invocation);
        let keep = || row.take_if(|row| self.has_room(row)).is_some_and(|row| self.keep(row));
        self.shared.tally.add(call, Instant::now(), keep);
    }
}

impl Sink {
    fn has_room(&self, row: &Invocation) -> bool {
        let bytes = bytes_of(row);
        let before = self.shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before + bytes <= WAITING_BYTES;
        if !fits {
            self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    fn keep(&self, row: Invocation) -> bool {
        let bytes = bytes_of(&row);
        let kept = self.rows.try_send(row).is_ok();
        if !kept {
            self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        kept
    }
}

/// What a call holds in memory.
fn bytes_of(call: &Invocation) -> usize {
    let lines = call.log.iter().map(|line| size_of_val(line) + line.text.capacity());
    let frames = call.error.iter().flat_map(|error| &error.stack);
    let frames = frames.map(|frame| size_of_val(frame) + frame.function.capacity());
    size_of_val(call)
        + call.method.capacity()
        + call.path.capacity()
        + call.error.as_ref().map_or(0, |error| error.message.capacity())
        + lines.sum::<usize>()
        + frames.sum::<usize>()
}

#[cfg(test)]
mod tests;
