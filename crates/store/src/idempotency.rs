//! What a request that named an `Idempotency-Key` made, so that sending it again makes no second.

use croft_model::id::{TeamId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    tx::{Scope, Tx},
};

/// A request that may come twice.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Whose.
    pub user: UserId,
    /// The key they chose.
    pub key: &'a str,
    /// A hash of method, path and body.
    pub fingerprint: &'a [u8; 32],
    /// In which team.
    pub team: TeamId,
}

/// What became of an attempt before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// There was none: go on.
    Nothing,
    /// It made this.
    Made(Uuid),
    /// The key was used for another request.
    Another,
}

impl<S: Scope> Tx<S> {
    /// Takes the key for what is about to be made, or tells what it made before. A second request
    /// that comes while the first is under way waits for it here.
    pub async fn attempt(
        &mut self,
        attempt: Attempt<'_>,
        subject: Uuid,
        now: OffsetDateTime,
    ) -> Result<Before> {
        let done = sqlx::query!(
            "INSERT INTO idempotency (user_id, key, team_id, fingerprint, subject, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, key) DO NOTHING",
            attempt.user.uuid(),
            attempt.key,
            attempt.team.uuid(),
            &attempt.fingerprint[..],
            subject,
            now
        )
        .execute(self.conn())
        .await?;
        if done.rows_affected() == 1 {
            return Ok(Before::Nothing);
        }
        let row = sqlx::query!(
            "SELECT fingerprint, subject FROM idempotency WHERE user_id = $1 AND key = $2",
            attempt.user.uuid(),
            attempt.key
        )
        .fetch_optional(self.conn())
        .await?;
        // Not visible in this scope: the key was used in another team.
        Ok(match row {
            Some(row) if row.fingerprint == attempt.fingerprint[..] => Before::Made(row.subject),
            Some(_) | None => Before::Another,
        })
    }
}
