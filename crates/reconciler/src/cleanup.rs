//! Rows that are past their time: sessions, invitations, tokens, old events and calls.

use std::sync::Arc;

use async_trait::async_trait;
use croft_ports::Clock;
use croft_store::{Purpose, Store, cleanup::Passing};
use time::Duration;
use uuid::Uuid;

use crate::controller::{Controller, Failure, Next};

/// How often to look.
const EVERY: Duration = Duration::minutes(10);
/// How soon to go on when one look was not enough.
const GO_ON: Duration = Duration::seconds(1);
/// Batches of one kind in one look.
const BATCHES: usize = 20;

/// How long calls are counted by the minute; after that by the hour.
const MINUTES_KEPT: Duration = Duration::WEEK;

/// How long rows are kept after their time.
fn keep(what: Passing) -> Duration {
    match what {
        Passing::Sessions | Passing::Invitations | Passing::Entered => Duration::ZERO,
        Passing::Tokens | Passing::Keys | Passing::RouteChanges => Duration::DAY,
        Passing::Events | Passing::Counts | Passing::Writers => Duration::days(90),
        Passing::Invocations => Duration::WEEK,
    }
}

/// Removes what has expired, a bounded number of rows at a time, each batch by itself: a kind that
/// fails holds no other up for longer than a look.
pub(crate) struct Cleanup {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Controller for Cleanup {
    async fn activate(&self, _: Uuid) -> Result<Next, Failure> {
        let mut more = false;
        let mut failed = None;
        for what in Passing::ALL {
            match self.remove(what).await {
                Ok(full) => more |= full,
                Err(error) => failed = Some(error),
            }
        }
        match self.tidy_calls().await {
            Ok(full) => more |= full,
            Err(error) => failed = Some(error),
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(Next::At(self.clock.now() + if more { GO_ON } else { EVERY })),
        }
    }
}

impl Cleanup {
    /// Whether there is more to remove.
    async fn remove(&self, what: Passing) -> Result<bool, Failure> {
        for _ in 0..BATCHES {
            let mut tx = self.store.system(Purpose::Reconcile).await?;
            let gone = tx.remove_past(what, self.clock.now() - keep(what)).await?;
            tx.commit().await?;
            if gone < Passing::BATCH {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes room among the calls of functions; whether there is more to do.
    async fn tidy_calls(&self) -> Result<bool, Failure> {
        for _ in 0..BATCHES {
            let mut tx = self.store.system(Purpose::Reconcile).await?;
            let merged = tx.merge_counts(self.clock.now() - MINUTES_KEPT).await?;
            let trimmed = tx.trim_invocations().await?;
            tx.commit().await?;
            if !merged && !trimmed {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
