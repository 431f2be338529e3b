//! The one queue: what is due, and who has it in hand (decision 36).

use croft_model::{
    due::DueKind,
    id::{Id, TeamId},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    PageRequest, Result,
    rows::named,
    tx::{Scope, System, Tx},
};

/// A thing that is due, taken in hand.
#[derive(Debug, Clone)]
pub struct Due {
    /// What kind of thing.
    pub kind: DueKind,
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub team: Option<TeamId>,
    /// How often it was tried in vain.
    pub attempts: u32,
}

/// A row of the queue, for the operator.
#[derive(Debug, Clone)]
pub struct QueueRow {
    /// What kind of thing.
    pub kind: String,
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub team: Option<TeamId>,
    /// When it is due.
    pub due_at: OffsetDateTime,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// Who has it in hand.
    pub claimed_by: Option<String>,
}

impl<S: Scope> Tx<S> {
    /// Says that something is to be looked at, in place of what was said of it before.
    pub async fn set_due(
        &mut self,
        kind: DueKind,
        id: Uuid,
        team: Option<TeamId>,
        at: OffsetDateTime,
    ) -> Result<()> {
        sqlx::query!(
            "INSERT INTO due (kind, id, team_id, due_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, id) DO UPDATE SET due_at = $4, attempts = 0, last_error = NULL, claimed_until = NULL",
            kind.as_str(),
            id,
            team.map(Id::uuid),
            at
        )
        .execute(self.conn())
        .await?;
        self.touched.due = true;
        Ok(())
    }

    /// Says that nothing is to be done about it (any more).
    pub async fn clear_due(&mut self, kind: DueKind, id: Uuid) -> Result<()> {
        sqlx::query!("DELETE FROM due WHERE kind = $1 AND id = $2", kind.as_str(), id)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl Tx<System> {
    /// Takes up to `limit` due things in hand for `hold`; teams take turns. Whoever does not finish
    /// in time loses them to the next who looks.
    pub async fn take_due(
        &mut self,
        now: OffsetDateTime,
        limit: i64,
        who: &str,
        hold: Duration,
    ) -> Result<Vec<Due>> {
        let rows = sqlx::query!(
            "WITH ranked AS (
                 SELECT kind, id, row_number() OVER (PARTITION BY team_id ORDER BY due_at) AS turn
                 FROM due WHERE due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
                   AND kind = ANY ($5)),
             picked AS (
                 SELECT due.kind, due.id FROM due JOIN ranked USING (kind, id)
                 WHERE due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
                 ORDER BY turn, due_at LIMIT $2 FOR UPDATE OF due SKIP LOCKED)
             UPDATE due SET claimed_until = $3, claimed_by = $4 FROM picked
             WHERE due.kind = picked.kind AND due.id = picked.id
             RETURNING due.kind, due.id, due.team_id, due.attempts",
            now,
            limit,
            now + hold,
            who,
            // A kind of a later Croft waits for one that knows it.
            &DueKind::ALL.map(|kind| kind.as_str().to_owned())
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Due {
                    kind: named(&row.kind, DueKind::parse, "due", "kind", row.id)?,
                    id: row.id,
                    team: row.team_id.map(Id::from_uuid),
                    attempts: u32::try_from(row.attempts).unwrap_or(0),
                })
            })
            .collect()
    }

    /// Puts a thing back, to be looked at again then. `error` counts as a try in vain.
    pub async fn put_back(
        &mut self,
        due: &Due,
        who: &str,
        at: OffsetDateTime,
        error: Option<&str>,
    ) -> Result<()> {
        sqlx::query!(
            "UPDATE due SET due_at = $4, claimed_until = NULL, claimed_by = NULL, last_error = $5,
                 attempts = CASE WHEN $5::text IS NULL THEN 0 ELSE attempts + 1 END
             WHERE kind = $1 AND id = $2 AND claimed_by = $3",
            due.kind.as_str(),
            due.id,
            who,
            at,
            error
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The queue, what is due first.
    pub async fn queue(&mut self, page: PageRequest) -> Result<Vec<QueueRow>> {
        let rows = sqlx::query!(
            "SELECT kind, id, team_id, due_at, attempts, last_error, claimed_by FROM due
             WHERE $1::uuid IS NULL OR (due_at, id) > (SELECT due_at, id FROM due AS last WHERE last.id = $1 LIMIT 1)
             ORDER BY due_at, id LIMIT $2",
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| QueueRow {
                kind: row.kind,
                id: row.id,
                team: row.team_id.map(Id::from_uuid),
                due_at: row.due_at,
                attempts: u32::try_from(row.attempts).unwrap_or(0),
                last_error: row.last_error,
                claimed_by: row.claimed_by,
            })
            .collect())
    }

    /// How many rows are due, and for how long the oldest has been: for metrics.
    pub async fn queue_depth(&mut self, now: OffsetDateTime) -> Result<(u64, Duration)> {
        let row = sqlx::query!(
            "SELECT count(*) AS n, min(due_at) AS oldest FROM due WHERE due_at <= $1",
            now
        )
        .fetch_one(self.conn())
        .await?;
        let late = row.oldest.map_or(Duration::ZERO, |oldest| now - oldest);
        Ok((crate::rows::count(row.n), late))
    }
}
