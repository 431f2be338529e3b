//! The log of calls: those that have a row of their own.

mod add;
mod trim;

use croft_model::{
    function::{LogLevel, OutcomeKind, Trigger},
    id::{FunctionId, Id, InvocationId, ProjectId},
    name::FunctionName,
};
use croft_ports::function_invoker::{LogLine, ScriptError, StackFrame};
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

use crate::{
    PageRequest, Result,
    rows::{checked, inconsistent, named},
    tx::{Scope, Tx},
};

/// A call as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    /// Its id: of when it was written down.
    pub id: InvocationId,
    /// The function's name.
    pub function: FunctionName,
    /// The request that made it.
    pub request: Uuid,
    /// What called it.
    pub trigger: Trigger,
    /// When it came in.
    pub at: OffsetDateTime,
    /// The method asked.
    pub method: String,
    /// The path asked.
    pub path: String,
    /// The status answered.
    pub status: u16,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What went wrong.
    pub error: Option<ScriptError>,
    /// What it logged.
    pub log: Vec<LogLine>,
}

/// Which calls are wanted; all that is `None` fits.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallFilter {
    /// Of this function.
    pub function: Option<FunctionId>,
    /// That ended so.
    pub outcome: Option<OutcomeKind>,
    /// Answered with a status from the first to the last.
    pub status: Option<(u16, u16)>,
    /// Called by this.
    pub trigger: Option<Trigger>,
    /// That came in then or later.
    pub since: Option<OffsetDateTime>,
    /// That came in before.
    pub until: Option<OffsetDateTime>,
}

/// A row as it is read.
struct Row {
    id: Uuid,
    name: String,
    request_id: Uuid,
    trigger: String,
    at: OffsetDateTime,
    method: String,
    path: String,
    status: i16,
    outcome: String,
    duration_us: i64,
    error: Option<String>,
    error_line: Option<i32>,
    error_column: Option<i32>,
    error_stack: Option<serde_json::Value>,
    log: Vec<String>,
}

/// The lowest id that something written at that time can have.
pub(crate) fn first_id(at: OffsetDateTime) -> Uuid {
    let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// Asks for calls that come after one, or before it; the filter's seven parameters begin at $2.
macro_rules! select {
    ($order:tt, $project:expr, $filter:expr, $from:expr, $limit:expr) => {
        sqlx::query_as!(
            Row,
            "SELECT i.id, f.name, request_id, trigger, at, method, path, status, outcome, duration_us,
                    error, error_line, error_column, error_stack, log
             FROM invocations i JOIN functions f ON f.id = i.function_id
             WHERE i.project_id = $1 AND ($2::uuid IS NULL OR i.function_id = $2)
               AND ($3::text IS NULL OR outcome = $3) AND ($4::text IS NULL OR trigger = $4)
               AND status BETWEEN $5 AND $6 AND ($7::timestamptz IS NULL OR at >= $7)
               AND ($8::timestamptz IS NULL OR at < $8) AND i.id >= $9
               AND " + $order + " LIMIT $11",
            $project.uuid(),
            $filter.function.map(Id::uuid),
            $filter.outcome.map(OutcomeKind::as_str),
            $filter.trigger.map(Trigger::as_str),
            status($filter.status.map_or(0, |(first, _)| first)),
            status($filter.status.map_or(u16::MAX, |(_, last)| last)),
            $filter.since,
            $filter.until,
            // Written down later than it came in, unless the clock went back; so most are passed over.
            $filter.since.map_or(Uuid::nil(), |since| first_id(since - Duration::HOUR)),
            $from,
            $limit
        )
    };
}

fn status(status: u16) -> i16 {
    i16::try_from(status).unwrap_or(i16::MAX)
}

impl<S: Scope> Tx<S> {
    /// A project's calls, newest first.
    pub async fn invocations(
        &mut self,
        project: ProjectId,
        filter: &CallFilter,
        page: PageRequest,
    ) -> Result<Vec<LoggedCall>> {
        let before = page.after.unwrap_or(Uuid::max());
        let order = select!("i.id < $10 ORDER BY i.id DESC", project, filter, before, page.limit);
        let rows = order.fetch_all(self.conn()).await?;
        rows.into_iter().map(logged).collect()
    }

    /// A project's calls that were written down after one, in that order.
    pub async fn invocations_after(
        &mut self,
        project: ProjectId,
        filter: &CallFilter,
        after: InvocationId,
        limit: i64,
    ) -> Result<Vec<LoggedCall>> {
        let order = select!("i.id > $10 ORDER BY i.id", project, filter, after.uuid(), limit);
        let rows = order.fetch_all(self.conn()).await?;
        rows.into_iter().map(logged).collect()
    }

    /// The id of what was written down last in a project; the lowest one when nothing was.
    pub async fn last_invocation(&mut self, project: ProjectId) -> Result<InvocationId> {
        let last = sqlx::query_scalar!(
            "SELECT last_id FROM invocation_streams WHERE project_id = $1",
            project.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(Id::from_uuid(last.unwrap_or_default()))
    }

    /// The id of a project's function.
    pub async fn function_id(
        &mut self,
        project: ProjectId,
        name: &FunctionName,
    ) -> Result<Option<FunctionId>> {
        let id = sqlx::query_scalar!(
            "SELECT id FROM functions WHERE project_id = $1 AND name = $2",
            project.uuid(),
            name.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(id.map(Id::from_uuid))
    }
}

fn logged(row: Row) -> Result<LoggedCall> {
    const TABLE: &str = "invocations";
    let id = row.id;
    let stack = row.error_stack.map(serde_json::from_value::<Vec<StackFrame>>).transpose();
    let stack = stack.map_err(|_| inconsistent(TABLE, "error_stack", id))?.unwrap_or_default();
    let place = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok());
    let (line, column) = (place(row.error_line), place(row.error_column));
    Ok(LoggedCall {
        id: Id::from_uuid(id),
        function: checked(row.name, "functions", "name", id)?,
        request: row.request_id,
        trigger: named(&row.trigger, Trigger::parse, TABLE, "trigger", id)?,
        at: row.at,
        method: row.method,
        path: row.path,
        status: u16::try_from(row.status).unwrap_or(0),
        outcome: named(&row.outcome, OutcomeKind::parse, TABLE, "outcome", id)?,
        duration_us: u64::try_from(row.duration_us).unwrap_or(0),
        error: row.error.map(|message| ScriptError { message, line, column, stack }),
        log: row.log.into_iter().map(line_of).collect(),
    })
}

/// A line as it was before [`add`] wrote it: `LEVEL TEXT`.
fn line_of(kept: String) -> LogLine {
    match kept.split_once(' ').and_then(|(level, text)| Some((LogLevel::parse(level)?, text))) {
        Some((level, text)) => LogLine { level, text: text.to_owned() },
        None => LogLine { level: LogLevel::Info, text: kept },
    }
}
