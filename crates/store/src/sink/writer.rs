//! Writing counts and rows down, each batch exactly once.
//!
//! A batch is made, and then tried until the store says that it has it. It carries a number which is
//! committed with it, so that one whose commit got no answer is found to be there when it is tried
//! again. Meanwhile calls go on to be counted in memory.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use croft_model::id::{FunctionId, ProjectId};
use croft_ports::{Clock, Entropy, invocation_log::Invocation};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::{Shared, bytes_of, pending::Pending};
use crate::{
    Error, LateStore, Purpose, Result,
    counts::{Count, Sign, minute},
};

/// How long counts, and rows, gather before they are written. A kill takes what did, and what was
/// being written.
const EVERY: Duration = Duration::from_millis(250);
/// How long counts gather at most: for longer when there are many, which cost more to write.
const AT_MOST: Duration = Duration::from_secs(1);
/// How long until a batch is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often a writer without calls shows that it is there: how far a gap reaches back at most.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// Rows, and counts, written in one transaction.
const BATCH: usize = 1000;

/// Writes what the sink took, until every sink is gone.
pub struct Writer {
    store: LateStore,
    clock: Arc<dyn Clock>,
    rows: mpsc::Receiver<Invocation>,
    shared: Arc<Shared>,
    pending: Pending,
    /// Every call that had ended by then was drained.
    drained: OffsetDateTime,
    drain_at: Instant,
    sign_at: Instant,
    /// What the next batch says of the writer.
    sign: Sign,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("sign", &self.sign).finish_non_exhaustive()
    }
}

/// What is written in one transaction.
#[derive(Debug)]
struct Batch {
    sign: Sign,
    counts: Vec<(ProjectId, FunctionId, Count)>,
    rows: Vec<Invocation>,
}

/// How long counts gather after so many did: each transaction's worth has its time.
fn interval(counts: usize) -> Duration {
    let batches = u32::try_from(counts.div_ceil(BATCH)).unwrap_or(u32::MAX);
    EVERY.saturating_mul(batches).clamp(EVERY, AT_MOST)
}

impl Writer {
    pub(super) fn new(
        store: LateStore,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        rows: mpsc::Receiver<Invocation>,
        shared: Arc<Shared>,
    ) -> Self {
        let now = clock.now();
        let writer = entropy.uuid(now);
        let sign = Sign { writer, started_at: now, number: 0, through: now, last: false };
        Self {
            store,
            clock,
            rows,
            shared,
            pending: Pending::default(),
            drained: now,
            drain_at: Instant::now(),
            sign_at: Instant::now(),
            sign,
        }
    }

    /// Writes until the last sink is dropped and all is written.
    pub async fn run(mut self) {
        let mut rows = Vec::with_capacity(BATCH);
        while !self.sign.last {
            let is_closed = self.gather(&mut rows).await;
            if is_closed || Instant::now() >= self.drain_at {
                self.drain();
            }
            let counts = self.pending.take(BATCH);
            if self.pending.is_empty() {
                self.sign.through = self.drained;
                self.sign.last = is_closed;
            }
            let is_needed = !counts.is_empty() || !rows.is_empty() || self.sign.last;
            if is_needed || Instant::now() >= self.sign_at {
                let batch = Batch { sign: self.sign, counts, rows: std::mem::take(&mut rows) };
                self.write(batch).await;
            }
        }
    }

    /// Waits for rows, and then a little for more, but not beyond the time to count; `true` when
    /// there will be no more.
    async fn gather(&mut self, rows: &mut Vec<Invocation>) -> bool {
        let mut end = if self.pending.is_empty() { self.drain_at } else { Instant::now() };
        while rows.len() < BATCH {
            match timeout_at(end, self.rows.recv_many(rows, BATCH - rows.len())).await {
                Ok(0) => return true,
                Ok(_) => end = end.min(Instant::now() + EVERY),
                Err(_) => return false,
            }
        }
        false
    }

    /// Takes over what was counted.
    fn drain(&mut self) {
        // First, so that what has ended by then is among what is taken.
        self.drained = self.drained.max(self.clock.now());
        let now = Instant::now();
        self.pending.add(self.shared.tally.drain(now));
        self.drain_at = now + interval(self.pending.len());
    }

    /// Tries until it is written.
    async fn write(&mut self, mut batch: Batch) {
        while let Err(error) = self.attempt(&batch).await {
            if !error.is_transient() {
                // It may be a row's fault, and must not stop the counts.
                self.leave_out(std::mem::take(&mut batch.rows));
            }
            tracing::warn!(error = %error, "calls cannot be written down now; trying again");
            tokio::time::sleep(AGAIN).await;
            self.drain();
        }
        let left_out = batch.counts.iter().map(|(.., count)| count.left_out).sum();
        metrics::counter!("croft_invocation_rows_total").increment(batch.rows.len() as u64);
        metrics::counter!("croft_invocations_left_out_total").increment(left_out);
        self.give_back(&batch.rows);
        self.sign.number += 1;
        self.sign_at = Instant::now() + SIGN_OF_LIFE;
    }

    async fn attempt(&self, batch: &Batch) -> Result<()> {
        // One that was never there is like one that went away.
        let store = self.store.get().ok_or(Error::Unavailable(sqlx::Error::PoolClosed))?;
        let mut tx = store.system(Purpose::InvocationLog).await?;
        if tx.sign(batch.sign).await? && (!batch.counts.is_empty() || !batch.rows.is_empty()) {
            let counted = batch.counts.iter().map(|(project, function, _)| (*project, *function));
            let listed = batch.rows.iter().map(|row| (row.project, row.function));
            let held = tx.hold(counted.chain(listed)).await?;
            tx.add_counts(&batch.counts).await?;
            tx.add_invocations(&held, &batch.rows, self.clock.now()).await?;
        }
        tx.commit().await
    }

    /// Counts rows as left out.
    fn leave_out(&mut self, rows: Vec<Invocation>) {
        self.give_back(&rows);
        for row in rows {
            let none = Count::none(minute(row.at), row.outcome);
            self.pending.add_one(row.function, row.project, &Count { left_out: 1, ..none });
        }
    }

    fn give_back(&self, rows: &[Invocation]) {
        let bytes = rows.iter().map(bytes_of).sum();
        self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_counts_gather_for_longer_and_never_for_long() {
        let after = |counts| interval(counts).as_millis();
        assert_eq!([0, 1, 1000, 1001, 2500, 1_000_000].map(after), [250, 250, 250, 500, 750, 1000]);
        assert_eq!(interval(usize::MAX), AT_MOST);
    }
}
