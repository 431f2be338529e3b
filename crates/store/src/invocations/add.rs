//! Writing rows down, many projects' at once, in the order of their ids.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use croft_model::{
    id::{FunctionId, ProjectId},
    limits::Limits,
};
use croft_ports::{
    Entropy,
    function_invoker::{LogLine, ScriptError},
    invocation_log::Invocation,
};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    tx::{System, Tx},
};

/// What a row takes on disk besides its texts, in bytes: its columns of fixed size, its header, and
/// its entries in three indexes that are as full as such are after a while.
const ROW_BYTES: usize = 360;

/// Functions and projects that stay until the transaction ends.
#[derive(Debug)]
pub(crate) struct Held {
    functions: HashSet<Uuid>,
    /// With what a project's rows may take.
    projects: BTreeMap<Uuid, i64>,
}

/// Columns of rows to be.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    function: Vec<Uuid>,
    request: Vec<Uuid>,
    trigger: Vec<String>,
    at: Vec<OffsetDateTime>,
    method: Vec<String>,
    path: Vec<String>,
    status: Vec<i16>,
    outcome: Vec<String>,
    duration_us: Vec<i64>,
    error: Vec<Option<String>>,
    line: Vec<Option<i32>>,
    column: Vec<Option<i32>>,
    stack: Vec<Option<Value>>,
    log: Vec<Value>,
    position: Vec<i64>,
}

impl Tx<System> {
    /// Holds functions and their projects, as far as they are there: projects first, as whoever
    /// removes one does.
    pub(crate) async fn hold(
        &mut self,
        of: impl Iterator<Item = (ProjectId, FunctionId)>,
    ) -> Result<Held> {
        let (projects, functions): (HashSet<Uuid>, HashSet<Uuid>) =
            of.map(|(project, function)| (project.uuid(), function.uuid())).unzip();
        let projects: Vec<Uuid> = projects.into_iter().collect();
        let functions: Vec<Uuid> = functions.into_iter().collect();
        let projects = sqlx::query!(
            r#"SELECT p.id, (SELECT (plans.limits || limit_overrides ->> 'invocation_log_bytes')::bigint
                             FROM teams JOIN plans ON plans.name = plan WHERE teams.id = p.team_id) AS budget
               FROM projects p WHERE p.id = ANY ($1) ORDER BY p.id FOR KEY SHARE OF p"#,
            &projects
        )
        .fetch_all(self.conn())
        .await?;
        let functions = sqlx::query_scalar!(
            "SELECT id FROM functions WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE",
            &functions
        )
        .fetch_all(self.conn())
        .await?;
        let default = i64::try_from(Limits::default().invocation_log_bytes).unwrap_or(i64::MAX);
        let projects = projects.into_iter().map(|p| (p.id, p.budget.unwrap_or(default))).collect();
        Ok(Held { functions: functions.into_iter().collect(), projects })
    }

    /// Writes rows down, and removes the oldest of each project that are beyond its budget. Calls of
    /// what is not held, because it is gone, are passed over.
    pub(crate) async fn add_invocations(
        &mut self,
        held: &Held,
        calls: &[Invocation],
        now: OffsetDateTime,
    ) -> Result<()> {
        let is_held = |c: &&Invocation| {
            held.functions.contains(&c.function.uuid())
                && held.projects.contains_key(&c.project.uuid())
        };
        let calls: Vec<&Invocation> = calls.iter().filter(is_held).collect();
        if calls.is_empty() {
            return Ok(());
        }
        let entropy = Arc::clone(&self.vault.entropy);
        let mut streams = self.streams(&calls).await?;
        let mut columns = Columns::default();
        for call in &calls {
            let Some((last, position)) = streams.get_mut(&call.project.uuid()) else { continue };
            // Above the one before it also when the clock went back.
            let next = Uuid::from_u128(last.as_u128().wrapping_add(1));
            *last = (&*entropy as &dyn Entropy).uuid(now).max(next);
            columns.add(call, *last, position);
        }
        self.insert(&columns).await?;
        let (projects, ends): (Vec<Uuid>, Vec<(Uuid, i64)>) = streams.into_iter().unzip();
        let (last, written): (Vec<Uuid>, Vec<i64>) = ends.into_iter().unzip();
        sqlx::query!(
            "UPDATE invocation_streams s SET last_id = u.last_id, written_bytes = u.written_bytes
             FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS u (project_id, last_id, written_bytes)
             WHERE s.project_id = u.project_id",
            &projects,
            &last,
            &written
        )
        .execute(self.conn())
        .await?;
        let floors = projects.iter().zip(&written).map(|(id, end)| (*id, end - held.projects[id]));
        let most = i64::try_from(calls.len()).unwrap_or(i64::MAX).saturating_mul(2);
        self.trim(floors.collect(), most).await?;
        self.touched.calls.extend(projects);
        Ok(())
    }

    /// Locks the streams of the calls' projects, and gives their last ids and ends.
    async fn streams(&mut self, calls: &[&Invocation]) -> Result<HashMap<Uuid, (Uuid, i64)>> {
        let projects: HashSet<Uuid> = calls.iter().map(|call| call.project.uuid()).collect();
        let projects: Vec<Uuid> = projects.into_iter().collect();
        let rows = sqlx::query!(
            "INSERT INTO invocation_streams AS s (project_id, team_id, last_id, written_bytes)
             SELECT id, team_id, '00000000-0000-0000-0000-000000000000', 0 FROM projects
             WHERE id = ANY ($1) ORDER BY id
             ON CONFLICT (project_id) DO UPDATE SET last_id = s.last_id
             RETURNING project_id, last_id, written_bytes",
            &projects
        )
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(|r| (r.project_id, (r.last_id, r.written_bytes))).collect())
    }

    async fn insert(&mut self, columns: &Columns) -> Result<()> {
        sqlx::query!(
            "INSERT INTO invocations (id, team_id, project_id, function_id, request_id, trigger, at, method, path,
                 status, outcome, duration_us, error, error_line, error_column, error_stack, log, position)
             SELECT u.id, f.team_id, f.project_id, f.id, u.request_id, u.trigger, u.at, u.method, u.path,
                 u.status, u.outcome, u.duration_us, u.error, u.error_line, u.error_column, u.error_stack,
                 ARRAY (SELECT jsonb_array_elements_text(u.log)), u.position
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::text[],
                 $8::smallint[], $9::text[], $10::bigint[], $11::text[], $12::integer[], $13::integer[],
                 $14::jsonb[], $15::jsonb[], $16::bigint[])
               AS u (id, function_id, request_id, trigger, at, method, path, status, outcome, duration_us,
                     error, error_line, error_column, error_stack, log, position)
             JOIN functions f ON f.id = u.function_id",
            &columns.id,
            &columns.function,
            &columns.request,
            &columns.trigger,
            &columns.at,
            &columns.method,
            &columns.path,
            &columns.status,
            &columns.outcome,
            &columns.duration_us,
            &columns.error as &[Option<String>],
            &columns.line as &[Option<i32>],
            &columns.column as &[Option<i32>],
            &columns.stack as &[Option<Value>],
            &columns.log,
            &columns.position
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

impl Columns {
    /// Adds a row that begins at `position`, which then is where the next one begins.
    fn add(&mut self, call: &Invocation, id: Uuid, position: &mut i64) {
        let (method, path) = (clean(&call.method), clean(&call.path));
        let error = call.error.as_ref().map(|error| clean(&error.message));
        let stack = call.error.as_ref().and_then(stack_of);
        let lines: Vec<String> = call.log.iter().map(line).collect();
        let texts = [Some(&method), Some(&path), error.as_ref()].into_iter().flatten();
        let text: usize = texts.chain(&lines).map(|text| text.len() + 4).sum();
        let stack_bytes = stack.as_ref().map_or(0, |stack| stack.to_string().len());
        let bytes = i64::try_from(ROW_BYTES + text + stack_bytes).unwrap_or(i64::MAX);
        self.position.push(*position);
        *position = position.saturating_add(bytes);
        self.id.push(id);
        self.function.push(call.function.uuid());
        self.request.push(call.request.uuid());
        self.trigger.push(call.trigger.as_str().to_owned());
        self.at.push(call.at);
        self.method.push(method);
        self.path.push(path);
        self.status.push(super::status(call.status));
        self.outcome.push(call.outcome.as_str().to_owned());
        self.duration_us.push(i64::try_from(call.duration_us).unwrap_or(i64::MAX));
        self.error.push(error);
        let place = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
        self.line.push(call.error.as_ref().and_then(|error| place(error.line)));
        self.column.push(call.error.as_ref().and_then(|error| place(error.column)));
        self.stack.push(stack);
        self.log.push(lines.into());
    }
}

fn line(line: &LogLine) -> String {
    clean(&format!("{} {}", line.level.as_str(), line.text))
}

fn stack_of(error: &ScriptError) -> Option<Value> {
    let mut stack = error.stack.clone();
    for frame in &mut stack {
        frame.function = clean(&frame.function);
    }
    // Such a list always serializes.
    serde_json::to_value(stack).ok().filter(|_| !error.stack.is_empty())
}

/// Text that Postgres takes: it knows no NUL, and one would cost the whole batch.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
