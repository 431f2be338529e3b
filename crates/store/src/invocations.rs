//! The log of calls.

use croft_model::{
    function::OutcomeKind,
    id::{Id, InvocationId, ProjectId},
    name::FunctionName,
};
use croft_ports::{Entropy, function_invoker::LogLevel, invocation_log::Invocation};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    PageRequest, Result,
    rows::{checked, named},
    tx::{Scope, System, Tx},
};

/// A call as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    /// Its id.
    pub id: InvocationId,
    /// The function's name.
    pub function: FunctionName,
    /// The request that made it.
    pub request: Uuid,
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
    pub error: Option<String>,
    /// What it logged.
    pub log: Vec<String>,
}

impl<S: Scope> Tx<S> {
    /// A project's calls, newest first.
    pub async fn invocations(
        &mut self,
        project: ProjectId,
        function: Option<&FunctionName>,
        page: PageRequest,
    ) -> Result<Vec<LoggedCall>> {
        let rows = sqlx::query!(
            "SELECT i.id, f.name, request_id, at, method, path, status, outcome, duration_us, error, log
             FROM invocations i JOIN functions f ON f.id = i.function_id
             WHERE i.project_id = $1 AND ($2::text IS NULL OR f.name = $2) AND ($3::uuid IS NULL OR i.id < $3)
             ORDER BY i.id DESC LIMIT $4",
            project.uuid(),
            function.map(FunctionName::as_str),
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(LoggedCall {
                    id: Id::from_uuid(row.id),
                    function: checked(row.name, "functions", "name", row.id)?,
                    request: row.request_id,
                    at: row.at,
                    method: row.method,
                    path: row.path,
                    status: u16::try_from(row.status).unwrap_or(0),
                    outcome: named(
                        &row.outcome,
                        OutcomeKind::parse,
                        "invocations",
                        "outcome",
                        row.id,
                    )?,
                    duration_us: u64::try_from(row.duration_us).unwrap_or(0),
                    error: row.error,
                    log: row.log,
                })
            })
            .collect()
    }
}

impl Tx<System> {
    /// Writes a batch down. Calls of functions that are gone by now are left out.
    pub async fn add_invocations(&mut self, batch: &[Invocation]) -> Result<u64> {
        let entropy = std::sync::Arc::clone(&self.vault.entropy);
        let mut written = 0;
        for call in batch {
            let id = (&*entropy as &dyn Entropy).uuid(call.at);
            let log: Vec<String> = call
                .log
                .iter()
                .map(|l| clean(format!("{} {}", level_name(l.level), l.text)))
                .collect();
            let done = sqlx::query!(
                "INSERT INTO invocations (id, team_id, project_id, function_id, request_id, at, method, path,
                                          status, outcome, duration_us, error, log)
                 SELECT $1, team_id, project_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11
                 FROM functions WHERE id = $2",
                id,
                call.function.uuid(),
                call.request.uuid(),
                call.at,
                clean(call.method.clone()),
                clean(call.path.clone()),
                i16::try_from(call.status).unwrap_or(0),
                call.outcome.as_str(),
                i64::try_from(call.duration_us).unwrap_or(i64::MAX),
                call.error.as_ref().map(|error| clean(error.to_string())),
                &log
            )
            .execute(self.conn())
            .await?;
            written += done.rows_affected();
        }
        Ok(written)
    }
}

/// Text that Postgres takes: it knows no NUL, and one would cost the whole batch.
fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}
