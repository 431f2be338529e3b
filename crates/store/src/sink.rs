//! The invocation log's writer: bounded, batched, off the hot path, and it says what it dropped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use croft_ports::invocation_log::{Invocation, InvocationLog};
use tokio::sync::mpsc;

use crate::{Purpose, Store};

/// Calls that may wait to be written.
const WAITING: usize = 8192;
/// Calls written in one transaction.
const BATCH: usize = 500;
/// How long a call may wait for others before it is written.
const GATHER: Duration = Duration::from_millis(200);

/// Takes calls and hands them to the [`Writer`].
#[derive(Debug, Clone)]
pub struct Sink {
    waiting: mpsc::Sender<Invocation>,
    dropped: Arc<AtomicU64>,
}

/// Writes what the sink took, until every sink is gone.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    waiting: mpsc::Receiver<Invocation>,
    dropped: Arc<AtomicU64>,
}

/// A sink and its writer.
pub fn invocation_log(store: Store) -> (Sink, Writer) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    let sink = Sink { waiting: sender, dropped: Arc::clone(&dropped) };
    (sink, Writer { store, waiting: receiver, dropped })
}

impl InvocationLog for Sink {
    fn record(&self, invocation: Invocation) {
        if self.waiting.try_send(invocation).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Writes until the last sink is dropped and all that waits is written.
    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.waiting.recv_many(&mut batch, BATCH).await > 0 {
            if batch.len() < BATCH {
                self.gather(&mut batch).await;
            }
            if let Err(error) = self.write(&batch).await {
                let lost = u64::try_from(batch.len()).unwrap_or(u64::MAX);
                self.dropped.fetch_add(lost, Ordering::Relaxed);
                tracing::warn!(error = %error, calls = lost, "calls could not be written to the invocation log");
            }
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(calls = dropped, "the invocation log left calls out");
                metrics::counter!("croft_invocation_log_dropped_total").increment(dropped);
            }
            batch.clear();
        }
    }

    /// Waits a little for more, so that many calls share a commit.
    async fn gather(&mut self, batch: &mut Vec<Invocation>) {
        let end = tokio::time::Instant::now() + GATHER;
        while batch.len() < BATCH {
            let room = BATCH - batch.len();
            match tokio::time::timeout_at(end, self.waiting.recv_many(batch, room)).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    async fn write(&self, batch: &[Invocation]) -> crate::Result<()> {
        let mut tx = self.store.system(Purpose::InvocationLog).await?;
        tx.add_invocations(batch).await?;
        tx.commit().await
    }
}
