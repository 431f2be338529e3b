//! Every call, counted: by function, by the minute it came in, by how it ended.

use croft_model::{
    function::OutcomeKind,
    id::{FunctionId, ProjectId},
};
use futures_util::TryStreamExt;
use time::OffsetDateTime;

use crate::{
    Result,
    latency::Latencies,
    rows::named,
    tx::{Scope, System, Tx},
};

/// Counts merged or removed in one transaction.
const BATCH: i64 = 5000;

/// The minute a moment is in, since 1970.
pub fn minute(at: OffsetDateTime) -> i32 {
    i32::try_from(at.unix_timestamp().div_euclid(60)).unwrap_or(0)
}

/// When a minute began.
pub fn begin_of(minute: i32) -> OffsetDateTime {
    let seconds = i64::from(minute) * 60;
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Calls of one outcome that came in in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The minute, since 1970.
    pub minute: i32,
    /// How they ended.
    pub outcome: OutcomeKind,
    /// How many there were.
    pub calls: u64,
    /// Of these, how many have no row.
    pub left_out: u64,
    /// How long they took together, in microseconds.
    pub duration_us: u64,
    /// How many took how long.
    pub latencies: Latencies,
}

impl Count {
    pub(crate) fn none(minute: i32, outcome: OutcomeKind) -> Self {
        let latencies = Latencies::default();
        Self { minute, outcome, calls: 0, left_out: 0, duration_us: 0, latencies }
    }

    /// One more call.
    #[inline]
    pub(crate) fn add(&mut self, duration_us: u64, has_row: bool) {
        self.calls += 1;
        self.left_out += u64::from(!has_row);
        self.duration_us = self.duration_us.saturating_add(duration_us);
        self.latencies.add(duration_us);
    }

    /// Others' calls, too.
    pub(crate) fn add_all(&mut self, others: &Self) {
        self.calls += others.calls;
        self.left_out += others.left_out;
        self.duration_us = self.duration_us.saturating_add(others.duration_us);
        self.latencies.add_all(&others.latencies);
    }
}

/// A span of minutes of a project, or of one of its functions.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The project.
    pub project: ProjectId,
    /// Only this function.
    pub function: Option<FunctionId>,
    /// The first minute.
    pub first: i32,
    /// The last one.
    pub last: i32,
}

/// A time in which calls may not have been counted: Croft ended without warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// All calls that ended before are counted.
    pub since: OffsetDateTime,
    /// When Croft was there again.
    pub until: OffsetDateTime,
}

impl<S: Scope> Tx<S> {
    /// What was counted, summed by steps of so many minutes; in order, one for each outcome.
    pub async fn counts(&mut self, span: Span, step: i32) -> Result<Vec<Count>> {
        let mut rows = sqlx::query!(
            r#"SELECT minute / $5 * $5 AS "minute!", outcome, calls, left_out, duration_us, buckets
               FROM invocation_counts
               WHERE project_id = $1 AND ($2::uuid IS NULL OR function_id = $2)
                 AND minute BETWEEN $3 AND $4
               ORDER BY minute / $5, outcome"#,
            span.project.uuid(),
            span.function.map(FunctionId::uuid),
            span.first,
            span.last,
            step
        )
        .fetch(self.conn());
        let mut counts: Vec<Count> = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let outcome = OutcomeKind::parse;
            let outcome = named(&row.outcome, outcome, "invocation_counts", "outcome", row.minute)?;
            if counts.last().is_none_or(|c| (c.minute, c.outcome) != (row.minute, outcome)) {
                counts.push(Count::none(row.minute, outcome));
            }
            let Some(count) = counts.last_mut() else { continue };
            count.calls += unsigned(row.calls);
            count.left_out += unsigned(row.left_out);
            count.duration_us = count.duration_us.saturating_add(unsigned(row.duration_us));
            count.latencies.add_array(&row.buckets);
        }
        Ok(counts)
    }

    /// How many calls of a span have no row.
    pub async fn left_out(&mut self, span: Span, outcome: Option<OutcomeKind>) -> Result<u64> {
        let sum = sqlx::query_scalar!(
            r#"SELECT sum(left_out)::bigint FROM invocation_counts
               WHERE project_id = $1 AND sampled AND minute BETWEEN $3 AND $4
                 AND ($2::uuid IS NULL OR function_id = $2) AND ($5::text IS NULL OR outcome = $5)"#,
            span.project.uuid(),
            span.function.map(FunctionId::uuid),
            span.first,
            span.last,
            outcome.map(OutcomeKind::as_str)
        )
        .fetch_one(self.conn())
        .await?;
        Ok(unsigned(sum.unwrap_or(0)))
    }

    /// The gaps in a time, oldest first, at most a hundred.
    pub async fn gaps(&mut self, since: OffsetDateTime, until: OffsetDateTime) -> Result<Vec<Gap>> {
        let gaps = sqlx::query_as!(
            Gap,
            r#"SELECT last_flush_at AS since, ended_at AS "until!" FROM invocation_writers
               WHERE NOT clean AND ended_at >= $1 AND last_flush_at <= $2
               ORDER BY last_flush_at DESC LIMIT 100"#,
            since,
            until
        )
        .fetch_all(self.conn())
        .await?;
        Ok(gaps.into_iter().rev().collect())
    }
}

/// What a writer says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sign {
    pub(crate) writer: uuid::Uuid,
    pub(crate) started_at: OffsetDateTime,
    /// The number of the flush this goes with, from 0.
    pub(crate) number: i64,
    /// Every call that had ended by then is counted with it.
    pub(crate) through: OffsetDateTime,
    /// Whether it is the last.
    pub(crate) last: bool,
}

impl Tx<System> {
    /// Begins a flush: what a writer says of itself is written down. `false` when it was before, and
    /// what goes with it too.
    pub(crate) async fn sign(&mut self, sign: Sign) -> Result<bool> {
        if sign.number == 0 {
            // Those before it are gone. One that is not, in spite of all, says so with its next.
            sqlx::query!(
                "UPDATE invocation_writers SET ended_at = $2 WHERE ended_at IS NULL AND id <> $1",
                sign.writer,
                sign.started_at
            )
            .execute(self.conn())
            .await?;
        }
        let done = sqlx::query!(
            "INSERT INTO invocation_writers AS w (id, started_at, last_flush_at, flushes, ended_at, clean)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET last_flush_at = $3, flushes = $4, ended_at = $5, clean = $6
             WHERE w.flushes < $4",
            sign.writer,
            sign.started_at,
            sign.through,
            sign.number,
            sign.last.then_some(sign.through),
            sign.last
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds to what was counted. Functions that are gone are left out; the others must be held.
    pub(crate) async fn add_counts(
        &mut self,
        counts: &[(ProjectId, FunctionId, Count)],
    ) -> Result<()> {
        let column = |f: fn(&Count) -> u64| -> Vec<i64> {
            counts.iter().map(|(.., count)| signed(f(count))).collect()
        };
        let functions: Vec<_> = counts.iter().map(|(_, function, _)| function.uuid()).collect();
        let minutes: Vec<_> = counts.iter().map(|(.., count)| count.minute).collect();
        let outcomes: Vec<_> =
            counts.iter().map(|(.., count)| count.outcome.as_str().to_owned()).collect();
        let buckets: Vec<_> = counts.iter().map(|(.., count)| count.latencies.to_array()).collect();
        sqlx::query!(
            "INSERT INTO invocation_counts AS c
                 (team_id, project_id, function_id, minute, outcome, calls, left_out, duration_us, buckets)
             SELECT f.team_id, f.project_id, f.id, u.minute, u.outcome, u.calls, u.left_out, u.duration_us,
                    u.buckets::integer[]
             FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
                  AS u (function_id, minute, outcome, calls, left_out, duration_us, buckets)
             JOIN functions f ON f.id = u.function_id
             ORDER BY u.function_id, u.minute, u.outcome
             ON CONFLICT (function_id, minute, outcome) DO UPDATE SET
                 calls = c.calls + excluded.calls, left_out = c.left_out + excluded.left_out,
                 duration_us = c.duration_us + excluded.duration_us,
                 buckets = croft_add(c.buckets, excluded.buckets)",
            &functions,
            &minutes,
            &outcomes,
            &column(|count| count.calls),
            &column(|count| count.left_out),
            &column(|count| count.duration_us),
            &buckets
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Merges minutes from before a moment into the first one of their hour; whether there are more.
    pub async fn merge_counts(&mut self, before: OffsetDateTime) -> Result<bool> {
        let hour = minute(before) / 60 * 60;
        let done = sqlx::query_scalar!(
            r#"WITH old AS (
                 SELECT function_id, minute, outcome FROM invocation_counts
                 WHERE minute < $1 AND minute % 60 <> 0 ORDER BY minute LIMIT $2),
             gone AS (
                 DELETE FROM invocation_counts c USING old
                 WHERE (c.function_id, c.minute, c.outcome) = (old.function_id, old.minute, old.outcome)
                 RETURNING c.*),
             merged AS (
                 INSERT INTO invocation_counts AS c
                     (team_id, project_id, function_id, minute, outcome, calls, left_out, duration_us, buckets)
                 SELECT team_id, project_id, function_id, minute / 60 * 60, outcome, sum(calls)::bigint,
                        sum(left_out)::bigint, sum(duration_us)::bigint, croft_sum(buckets)
                 FROM gone GROUP BY 1, 2, 3, 4, 5
                 ON CONFLICT (function_id, minute, outcome) DO UPDATE SET
                     calls = c.calls + excluded.calls, left_out = c.left_out + excluded.left_out,
                     duration_us = c.duration_us + excluded.duration_us,
                     buckets = croft_add(c.buckets, excluded.buckets))
             SELECT count(*) AS "count!" FROM gone"#,
            hour,
            BATCH
        )
        .fetch_one(self.conn())
        .await?;
        Ok(done >= BATCH)
    }
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
