//! Keeps the route table new: looks when the source says that there may be something, and every few
//! seconds anyway. What cannot be read changes nothing: the last good table stays.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use croft_ports::route_source::{RouteSource, SourceUnavailable};
use futures_util::FutureExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{meters::Meters, table::RouteTable};

/// How long one look may take; the first one reads everything.
const LOOK_TIME: Duration = Duration::from_mins(1);
/// The least time between two looks, however often the source calls: a look reads all that changed
/// since the one before.
const PAUSE: Duration = Duration::from_millis(20);

/// Where the table is, and where it comes from.
#[derive(Clone)]
pub(crate) struct Refresh {
    pub(crate) table: Arc<ArcSwap<RouteTable>>,
    pub(crate) source: Arc<dyn RouteSource>,
    pub(crate) meters: Meters,
    pub(crate) period: Duration,
}

impl Refresh {
    /// Looks until it is told to stop. Nothing that the source does, a panic included, ends it.
    pub(crate) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.forever()).await;
    }

    async fn forever(&self) {
        let mut changes = self.source.changes();
        let mut is_failing = false;
        loop {
            changes.mark_unchanged();
            let looked = AssertUnwindSafe(self.look()).catch_unwind().await;
            let outcome = looked.unwrap_or_else(|_| Err(SourceUnavailable("it panicked".into())));
            match &outcome {
                Ok(_) if is_failing => tracing::info!("routes can be read again"),
                Err(error) if !is_failing => {
                    tracing::warn!(%error, "routes cannot be read; the last ones stay in force");
                }
                _ => {}
            }
            is_failing = outcome.is_err();
            if let Ok((generation, _)) = &outcome {
                self.source.in_force(*generation);
            }
            self.meters.refreshed(outcome.ok());
            let hint = async {
                if changes.changed().await.is_err() {
                    // The source is gone; the clock goes on.
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = async { sleep(PAUSE).await; hint.await } => {}
                () = sleep(self.period) => {}
            }
        }
    }

    /// One look: the generation and the number of hosts that are in force after it.
    async fn look(&self) -> Result<(u64, usize), SourceUnavailable> {
        let current = self.table.load_full();
        let delta = timeout(LOOK_TIME, self.source.read(current.generation()))
            .await
            .map_err(|_| SourceUnavailable(format!("no answer within {LOOK_TIME:?}")))??;
        if delta.is_empty() && current.generation() == Some(delta.generation) {
            return Ok((delta.generation, current.len()));
        }
        let (generation, whole, changed) = (delta.generation, delta.whole, delta.projects.len());
        let (table, gone) = (Arc::clone(&self.table), delta.gone.len());
        let hosts = tokio::task::spawn_blocking(move || {
            let next = Arc::new(current.with(delta));
            let hosts = next.len();
            table.store(next);
            // Here, where it holds nobody up, and not by whoever asks it last.
            drop(current);
            hosts
        })
        .await
        .map_err(|error| SourceUnavailable(format!("what it gave cannot be read: {error}")))?;
        tracing::debug!(generation, whole, changed, gone, hosts, "new routes are in force");
        Ok((generation, hosts))
    }
}
