//! Keeps the route table new: looks when the source says that there may be something, and every few
//! seconds anyway. What cannot be read changes nothing: the last good table stays.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use croft_ports::route_source::{RouteSource, SourceUnavailable};
use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{meters::Meters, table::RouteTable};

/// How long one look may take.
const LOOK_TIME: Duration = Duration::from_secs(10);
/// The least time between two looks, however often the source calls.
const PAUSE: Duration = Duration::from_millis(20);
/// And so many times what the last look took: a look reads everything, so a large installation in
/// which much changes would else do little but look.
const REST: u32 = 10;

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
            let began = Instant::now();
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
            self.meters.refreshed(outcome.ok());
            let pause = PAUSE.max(began.elapsed() * REST);
            let hint = async {
                if changes.changed().await.is_err() {
                    // The source is gone; the clock goes on.
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = async { sleep(pause).await; hint.await } => {}
                () = sleep(self.period) => {}
            }
        }
    }

    /// One look: the generation and the number of hosts that are in force after it.
    async fn look(&self) -> Result<(u64, usize), SourceUnavailable> {
        let snapshot = timeout(LOOK_TIME, self.source.snapshot())
            .await
            .map_err(|_| SourceUnavailable(format!("no answer within {LOOK_TIME:?}")))??;
        let current = self.table.load_full();
        if current.generation() == Some(snapshot.generation) {
            return Ok((snapshot.generation, current.len()));
        }
        let table = tokio::task::spawn_blocking(move || RouteTable::new(&snapshot))
            .await
            .map_err(|error| SourceUnavailable(format!("its snapshot cannot be read: {error}")))?;
        let outcome = (table.generation().unwrap_or(0), table.len());
        tracing::debug!(generation = outcome.0, hosts = outcome.1, "new routes are in force");
        self.table.store(Arc::new(table));
        Ok(outcome)
    }
}
