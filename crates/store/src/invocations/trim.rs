//! Keeping each project's rows within its budget, the oldest first to go.

use croft_model::limits::Limits;
use uuid::Uuid;

use crate::{
    Result,
    tx::{System, Tx},
};

/// Rows removed of one project at one time by the clean-up.
const BATCH: i64 = 5000;

impl Tx<System> {
    /// Removes rows that begin before a position in their project's stream, at most so many of
    /// each project; how many went.
    pub(super) async fn trim(&mut self, floors: Vec<(Uuid, i64)>, most: i64) -> Result<u64> {
        let (projects, floors): (Vec<Uuid>, Vec<i64>) =
            floors.into_iter().filter(|(_, floor)| *floor > 0).unzip();
        if projects.is_empty() {
            return Ok(0);
        }
        let done = sqlx::query!(
            "DELETE FROM invocations WHERE id IN (
                 SELECT oldest.id FROM unnest($1::uuid[], $2::bigint[]) AS u (project_id, floor),
                     LATERAL (SELECT i.id, i.position FROM invocations i WHERE i.project_id = u.project_id
                              ORDER BY i.id LIMIT $3) AS oldest
                 WHERE oldest.position < u.floor)",
            &projects,
            &floors,
            most
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected())
    }

    /// Removes rows of projects whose budget was made smaller, and that have written nothing since;
    /// whether there are more.
    pub async fn trim_invocations(&mut self) -> Result<bool> {
        let default = i64::try_from(Limits::default().invocation_log_bytes).unwrap_or(i64::MAX);
        let floors = sqlx::query!(
            r#"SELECT project_id, floor AS "floor!" FROM (
                   SELECT s.project_id, s.written_bytes - coalesce(
                       (plans.limits || limit_overrides ->> 'invocation_log_bytes')::bigint, $1) AS floor
                   FROM invocation_streams s JOIN teams ON teams.id = s.team_id
                   JOIN plans ON plans.name = plan) AS streams
               WHERE floor > 0 AND floor > (SELECT position FROM invocations i
                   WHERE i.project_id = streams.project_id ORDER BY i.id LIMIT 1)
               LIMIT 10"#,
            default
        )
        .fetch_all(self.conn())
        .await?;
        let floors: Vec<_> = floors.into_iter().map(|row| (row.project_id, row.floor)).collect();
        let gone = self.trim(floors, BATCH).await?;
        Ok(gone > 0)
    }
}
