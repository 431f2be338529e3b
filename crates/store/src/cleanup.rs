//! Removing what is past its time, a bounded number of rows at a time.

use time::OffsetDateTime;

use crate::{
    Result,
    counts::minute,
    invocations::first_id,
    tx::{System, Tx},
};

/// Rows that end with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// Sign-ins, by their end.
    Sessions,
    /// Invitations, by their end.
    Invitations,
    /// Tokens, by their end.
    Tokens,
    /// Memberships of operators who entered, by their end.
    Entered,
    /// Idempotency keys, by their making.
    Keys,
    /// Events, by when they happened.
    Events,
    /// Calls of functions, by when they were written down.
    Invocations,
    /// Notes of changed routes, by when they changed.
    RouteChanges,
    /// Counts of calls, by their minute.
    Counts,
    /// Who wrote calls down, by their end.
    Writers,
}

impl Passing {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sessions,
        Self::Invitations,
        Self::Tokens,
        Self::Entered,
        Self::Keys,
        Self::Events,
        Self::Invocations,
        Self::RouteChanges,
        Self::Counts,
        Self::Writers,
    ];

    /// Rows removed in one transaction. Whoever gets as many asks again.
    pub const BATCH: u64 = 5000;
}

impl Tx<System> {
    /// Removes up to [`Passing::BATCH`] rows that ended, or were made, before a time; how many went.
    pub async fn remove_past(&mut self, what: Passing, before: OffsetDateTime) -> Result<u64> {
        let delete = match what {
            Passing::Sessions => sqlx::query!(
                "DELETE FROM sessions WHERE id IN
                     (SELECT id FROM sessions WHERE expires_at < $1 LIMIT 5000)",
                before
            ),
            Passing::Invitations => sqlx::query!(
                "DELETE FROM invitations WHERE id IN
                     (SELECT id FROM invitations WHERE expires_at < $1 LIMIT 5000)",
                before
            ),
            Passing::Tokens => sqlx::query!(
                "DELETE FROM tokens WHERE id IN
                     (SELECT id FROM tokens WHERE expires_at < $1 LIMIT 5000)",
                before
            ),
            Passing::Entered => sqlx::query!(
                "DELETE FROM members WHERE (team_id, user_id) IN
                     (SELECT team_id, user_id FROM members WHERE until < $1 LIMIT 5000)",
                before
            ),
            Passing::Keys => sqlx::query!(
                "DELETE FROM idempotency WHERE (user_id, key) IN
                     (SELECT user_id, key FROM idempotency WHERE created_at < $1 LIMIT 5000)",
                before
            ),
            Passing::Events => sqlx::query!(
                "DELETE FROM events WHERE (stream_id, sequence) IN
                     (SELECT stream_id, sequence FROM events WHERE at < $1 LIMIT 5000)",
                before
            ),
            Passing::Invocations => sqlx::query!(
                "DELETE FROM invocations WHERE id IN
                     (SELECT id FROM invocations WHERE id < $1 ORDER BY id LIMIT 5000)",
                first_id(before)
            ),
            Passing::Counts => sqlx::query!(
                "DELETE FROM invocation_counts WHERE (function_id, minute, outcome) IN
                     (SELECT function_id, minute, outcome FROM invocation_counts
                      WHERE minute < $1 AND minute % 60 = 0 LIMIT 5000)",
                minute(before)
            ),
            Passing::Writers => sqlx::query!(
                "DELETE FROM invocation_writers WHERE id IN
                     (SELECT id FROM invocation_writers WHERE ended_at < $1 LIMIT 5000)",
                before
            ),
            // Who has read less far than what goes must know of it, so that comes first.
            Passing::RouteChanges => sqlx::query!(
                "WITH old AS (
                     SELECT max(generation) AS last FROM
                         (SELECT generation FROM route_changes WHERE at < $1 ORDER BY at LIMIT 5000) rows
                 ), horizon AS (
                     UPDATE route_generation SET pruned = last FROM old WHERE last > pruned RETURNING pruned
                 )
                 DELETE FROM route_changes USING horizon WHERE generation <= pruned",
                before
            ),
        };
        Ok(delete.execute(self.conn()).await?.rows_affected())
    }
}
