//! Removing what is past its time, a bounded number of rows at a time.

use sqlx::postgres::PgQueryResult;
use time::OffsetDateTime;

use crate::{
    Result,
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
    /// Calls of functions, by when they came.
    Invocations,
}

impl Passing {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sessions,
        Self::Invitations,
        Self::Tokens,
        Self::Entered,
        Self::Keys,
        Self::Events,
        Self::Invocations,
    ];

    /// Rows removed in one transaction. Whoever gets as many asks again.
    pub const BATCH: u64 = 5000;
}

impl Tx<System> {
    /// Removes up to [`Passing::BATCH`] rows that ended, or were made, before a time; how many went.
    pub async fn remove_past(&mut self, what: Passing, before: OffsetDateTime) -> Result<u64> {
        let conn = self.conn();
        let done: PgQueryResult = match what {
            Passing::Sessions => {
                sqlx::query!(
                    "DELETE FROM sessions WHERE id IN
                         (SELECT id FROM sessions WHERE expires_at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Invitations => {
                sqlx::query!(
                    "DELETE FROM invitations WHERE id IN
                         (SELECT id FROM invitations WHERE expires_at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Tokens => {
                sqlx::query!(
                    "DELETE FROM tokens WHERE id IN
                         (SELECT id FROM tokens WHERE expires_at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Entered => {
                sqlx::query!(
                    "DELETE FROM members WHERE (team_id, user_id) IN
                         (SELECT team_id, user_id FROM members WHERE until < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Keys => {
                sqlx::query!(
                    "DELETE FROM idempotency WHERE (user_id, key) IN
                         (SELECT user_id, key FROM idempotency WHERE created_at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Events => {
                sqlx::query!(
                    "DELETE FROM events WHERE (stream_id, sequence) IN
                         (SELECT stream_id, sequence FROM events WHERE at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
            Passing::Invocations => {
                sqlx::query!(
                    "DELETE FROM invocations WHERE id IN
                         (SELECT id FROM invocations WHERE at < $1 LIMIT 5000)",
                    before
                )
                .execute(conn)
                .await?
            }
        };
        Ok(done.rows_affected())
    }
}
