//! The loop: take what is due, activate its controller, say when to look again.

use std::{sync::Arc, time::Duration as Wait};

use croft_model::due::{DueKind, backoff};
use croft_ports::{Clock, Entropy};
use croft_store::{Purpose, Store, due::Due};
use time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    cleanup::Cleanup,
    controller::{Controller, Failure, Next},
    purge::Purge,
};

/// How the worker works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long to wait between looks when nothing hints at work. Correctness rests on this look.
    pub scan: Wait,
    /// How many activations may run at one time.
    pub at_once: usize,
    /// How long an activation may hold its row before another worker may take it.
    pub hold: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { scan: Wait::from_secs(3), at_once: 16, hold: Duration::seconds(60) }
    }
}

/// Works the queue until it is told to stop. Two at once are harmless.
pub struct Worker {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    name: String,
    settings: Settings,
    purge: Purge,
    cleanup: Cleanup,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker with a name of its own, which the queue shows.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let name = format!("worker-{}", entropy.uuid(clock.now()).simple());
        let purge = Purge {
            store: store.clone(),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
        };
        let cleanup = Cleanup { store: store.clone(), clock: Arc::clone(&clock) };
        Self { store, clock, entropy, name, settings, purge, cleanup }
    }

    /// Puts what recurs into the queue.
    pub async fn seed(&self) -> Result<(), croft_store::Error> {
        let mut tx = self.store.system(Purpose::Reconcile).await?;
        tx.set_due(DueKind::Cleanup, Uuid::nil(), None, self.clock.now()).await?;
        tx.commit().await
    }

    /// Works until cancelled, then finishes what is in hand.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut hint = self.store.hints().due();
        while !stop.is_cancelled() {
            let busy = match Arc::clone(&self).work_once().await {
                Ok(worked) => worked >= self.settings.at_once,
                Err(error) => {
                    tracing::warn!(error = %error, "the queue could not be read; looking again soon");
                    false
                }
            };
            if busy {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = hint.changed() => {}
                () = tokio::time::sleep(self.settings.scan) => {}
            }
        }
    }

    /// Takes one batch and finishes it; how many things were in it. Tests call this to drain.
    pub async fn work_once(self: Arc<Self>) -> Result<usize, croft_store::Error> {
        let limit = i64::try_from(self.settings.at_once).unwrap_or(i64::MAX);
        let mut tx = self.store.system(Purpose::Reconcile).await?;
        let now = self.clock.now();
        let taken = tx.take_due(now, limit, &self.name, self.settings.hold).await?;
        let (depth, late) = tx.queue_depth(now).await?;
        tx.commit().await?;
        metrics::gauge!("croft_queue_due").set(f64::from(u32::try_from(depth).unwrap_or(u32::MAX)));
        metrics::gauge!("croft_queue_oldest_seconds").set(late.as_seconds_f64());
        let count = taken.len();
        let mut running = JoinSet::new();
        for due in taken {
            let worker = Arc::clone(&self);
            running.spawn(async move { worker.activate(due).await });
        }
        while let Some(done) = running.join_next().await {
            if let Err(error) = done {
                // The row stays claimed until its hold ends, and is then taken again.
                tracing::error!(error = %error, "an activation panicked; it is tried again");
            }
        }
        Ok(count)
    }

    async fn activate(&self, due: Due) {
        let controller: &dyn Controller = match due.kind {
            DueKind::ProjectPurge => &self.purge,
            DueKind::Cleanup => &self.cleanup,
        };
        let bound = Wait::from_secs(self.settings.hold.whole_seconds().unsigned_abs());
        let outcome = match tokio::time::timeout(bound, controller.activate(due.id)).await {
            Ok(outcome) => outcome.map_err(|error: Failure| error.to_string()),
            Err(_) => Err("no answer within the time an activation may take".to_owned()),
        };
        metrics::counter!("croft_activations_total", "kind" => due.kind.as_str(), "ok" => if outcome.is_ok() { "true" } else { "false" })
            .increment(1);
        if let Err(error) = self.record(&due, outcome).await {
            tracing::warn!(due.kind = due.kind.as_str(), error = %error, "an outcome could not be kept; the step is repeated");
        }
    }

    async fn record(
        &self,
        due: &Due,
        outcome: Result<Next, String>,
    ) -> Result<(), croft_store::Error> {
        let (at, error) = match outcome {
            Ok(Next::Done) => return Ok(()),
            Ok(Next::At(at)) => (at, None),
            Err(error) => {
                let attempts = due.attempts.saturating_add(1);
                let chance = u32::from_le_bytes(self.entropy.bytes());
                tracing::warn!(
                    due.kind = due.kind.as_str(), due.id = %due.id, attempts, error = %error,
                    "a step failed and is tried again"
                );
                (self.clock.now() + backoff(attempts, chance), Some(error))
            }
        };
        let mut tx = self.store.system(Purpose::Reconcile).await?;
        tx.put_back(due, &self.name, at, error.as_deref()).await?;
        tx.commit().await
    }
}
