//! Rows that are past their time: sessions, invitations, tokens, old events and calls.

use std::sync::Arc;

use async_trait::async_trait;
use croft_ports::Clock;
use croft_store::{Purpose, Store};
use time::Duration;
use uuid::Uuid;

use crate::controller::{Controller, Failure, Next};

/// How often to look.
const EVERY: Duration = Duration::minutes(10);
/// How long events are kept.
const EVENTS: Duration = Duration::days(90);

/// Removes what has expired, a bounded number of rows at a time.
pub(crate) struct Cleanup {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Controller for Cleanup {
    async fn activate(&self, _: Uuid) -> Result<Next, Failure> {
        let now = self.clock.now();
        let mut tx = self.store.system(Purpose::Reconcile).await?;
        let gone = tx.clean_up(now, now - EVENTS).await?;
        tx.commit().await?;
        if gone > 0 {
            tracing::debug!(rows = gone, "expired rows were removed");
        }
        Ok(Next::At(now + EVERY))
    }
}
