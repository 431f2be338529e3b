//! Removing what is past its time, a bounded number of rows at a time.

use time::OffsetDateTime;

use crate::{
    Result,
    tx::{System, Tx},
};

impl Tx<System> {
    /// Removes what is past its time: sessions, invitations, tokens, entered memberships, idempotency
    /// keys, events older than `keep_events_since` and calls older than a week. At most 10,000 rows of each; how many went.
    pub async fn clean_up(
        &mut self,
        now: OffsetDateTime,
        keep_events_since: OffsetDateTime,
    ) -> Result<u64> {
        let day_ago = now - time::Duration::DAY;
        let mut gone = 0;
        gone += sqlx::query!(
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT 10000)",
            now
        )
        .execute(self.conn())
        .await?
        .rows_affected();
        gone += sqlx::query!("DELETE FROM invitations WHERE expires_at < $1", now)
            .execute(self.conn())
            .await?
            .rows_affected();
        gone += sqlx::query!("DELETE FROM tokens WHERE expires_at < $1", day_ago)
            .execute(self.conn())
            .await?
            .rows_affected();
        gone += sqlx::query!("DELETE FROM members WHERE until < $1", now)
            .execute(self.conn())
            .await?
            .rows_affected();
        gone += sqlx::query!("DELETE FROM idempotency WHERE created_at < $1", day_ago)
            .execute(self.conn())
            .await?
            .rows_affected();
        gone += sqlx::query!(
            "DELETE FROM events WHERE (stream_id, sequence) IN
                 (SELECT stream_id, sequence FROM events WHERE at < $1 LIMIT 10000)",
            keep_events_since
        )
        .execute(self.conn())
        .await?
        .rows_affected();
        gone += sqlx::query!(
            "DELETE FROM invocations WHERE id IN (SELECT id FROM invocations WHERE at < $1 LIMIT 10000)",
            now - time::Duration::WEEK
        )
        .execute(self.conn())
        .await?
        .rows_affected();
        Ok(gone)
    }
}
