//! Seeing the calls of functions: rows, rows as they come, and counts.

use croft_model::{
    function::{OutcomeKind, Trigger},
    id::{FunctionId, InvocationId, ProjectId},
    name::FunctionName,
    permissions::Permission,
    project::Project,
};
use croft_store::{
    StreamHint, Team, Tx,
    counts::{Span, begin_of, minute},
    invocations::CallFilter,
};
pub use croft_store::{
    counts::{Count, Gap},
    invocations::LoggedCall,
    latency::Latencies,
};
use time::OffsetDateTime;

use crate::{
    App, Caller, Error, Listed, Page, Result,
    projects::{ProjectRef, load},
    session::still_stands,
};

/// How long rows are kept: how far back is looked for what was left out.
const ROWS_KEPT: time::Duration = time::Duration::WEEK;
/// Steps of counts in one answer.
const STEPS: i32 = 2200;

/// Which calls are wanted; all that is `None` fits.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of the function of this name.
    pub function: Option<FunctionName>,
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

/// A page of calls, and what one must know beside it.
#[derive(Debug)]
pub struct Calls {
    /// Those that have a row.
    pub listed: Listed<LoggedCall>,
    /// Calls of the time, function and outcome asked for that have none.
    pub left_out: u64,
    /// When calls may be missing from both.
    pub gaps: Vec<Gap>,
}

/// How long a step of counts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// Counts by steps of time.
#[derive(Debug)]
pub struct Counts {
    /// When the first step begins.
    pub since: OffsetDateTime,
    /// When the last one ends.
    pub until: OffsetDateTime,
    /// Those steps in which there were calls, in order, each with one count an outcome.
    pub steps: Vec<(OffsetDateTime, Vec<Count>)>,
    /// When calls may be missing.
    pub gaps: Vec<Gap>,
}

/// Calls of a project's functions, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    wanted: &Wanted,
    page: Page,
) -> Result<Calls> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::LogsRead).await?;
    let filter = filter(&mut tx, &project, wanted).await?;
    let calls = tx.invocations(project.id, &filter, page.request()).await?;
    let until = wanted.until.unwrap_or(app.now());
    let since = wanted.since.unwrap_or(until - ROWS_KEPT).max(project.created_at);
    let span = Span {
        project: project.id,
        function: filter.function,
        first: minute(since),
        last: minute(until),
    };
    let left_out = tx.left_out(span, filter.outcome).await?;
    let gaps = tx.gaps(since, until).await?;
    tx.commit().await?;
    Ok(Calls { listed: page.cut(calls, |c| c.id.uuid()), left_out, gaps })
}

/// How often functions were called, how that ended and how long it took. All that may see the
/// project may see it.
pub async fn counts(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    function: Option<&FunctionName>,
    time: (Option<OffsetDateTime>, Option<OffsetDateTime>),
    step: Step,
) -> Result<Counts> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::ProjectRead).await?;
    let function = match function {
        Some(name) => Some(id(&mut tx, &project, name).await?),
        None => None,
    };
    let (length, usual) = match step {
        Step::Minute => (1, time::Duration::HOUR),
        Step::Hour => (60, time::Duration::DAY),
    };
    let until = time.1.unwrap_or(app.now());
    let since = time.0.unwrap_or(until - usual);
    let (first, last) = (minute(since) / length, minute(until) / length);
    if last < first {
        return Err(Error::invalid("since", "must be before `until`"));
    }
    if last - first >= STEPS {
        let hint = if step == Step::Minute { " or `step=hour`" } else { "" };
        let problem = format!("at most {STEPS} steps in one answer: ask for a later time{hint}");
        return Err(Error::invalid("since", problem));
    }
    let (first, last) = (first * length, last * length + length - 1);
    let span = Span { project: project.id, function, first, last };
    let counts = tx.counts(span, length).await?;
    let (since, until) = (begin_of(first), begin_of(last + 1));
    let gaps = tx.gaps(since.max(project.created_at), until).await?;
    tx.commit().await?;
    let mut steps: Vec<(OffsetDateTime, Vec<Count>)> = Vec::new();
    for count in counts {
        let begin = begin_of(count.minute);
        match steps.last_mut() {
            Some((at, counts)) if *at == begin => counts.push(count),
            _ => steps.push((begin, vec![count])),
        }
    }
    Ok(Counts { since, until, steps, gaps })
}

/// Calls of one project that a caller may follow.
#[derive(Debug, Clone)]
pub struct FollowCalls {
    project: ProjectId,
    team: croft_model::id::TeamId,
    filter: CallFilter,
}

/// Opens the stream of a project's calls.
pub async fn follow(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    wanted: &Wanted,
) -> Result<FollowCalls> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::LogsRead).await?;
    let filter = filter(&mut tx, &project, wanted).await?;
    tx.commit().await?;
    Ok(FollowCalls { project: project.id, team: project.team_id, filter })
}

impl FollowCalls {
    /// Calls that were written down after one, oldest first, at most `limit`.
    pub async fn after(
        &self,
        app: &App,
        after: InvocationId,
        limit: u32,
    ) -> Result<Vec<LoggedCall>> {
        let mut tx = app.store.team(self.team).await?;
        let calls = tx.invocations_after(self.project, &self.filter, after, limit.into()).await?;
        tx.commit().await?;
        Ok(calls)
    }

    /// The last one that was written down.
    pub async fn last(&self, app: &App) -> Result<InvocationId> {
        let mut tx = app.store.team(self.team).await?;
        let last = tx.last_invocation(self.project).await?;
        tx.commit().await?;
        Ok(last)
    }

    /// Fails when the caller may no longer follow, and when the project is deleted.
    pub async fn still_allowed(&self, app: &App, caller: &Caller) -> Result<()> {
        let caller = still_stands(app, caller).await?;
        let project = ProjectRef::Id(self.project);
        let (tx, ..) = load(app, &caller, &project, Permission::LogsRead).await?;
        Ok(tx.commit().await?)
    }

    /// What moves when the project's calls were written down. Taken before looking, it misses none.
    pub fn hint(&self, app: &App) -> StreamHint {
        app.store.hints().calls(self.project)
    }
}

/// The filter of what is wanted.
async fn filter(tx: &mut Tx<Team>, project: &Project, wanted: &Wanted) -> Result<CallFilter> {
    let function = match &wanted.function {
        Some(name) => Some(id(tx, project, name).await?),
        None => None,
    };
    let Wanted { outcome, status, trigger, since, until, .. } = *wanted;
    Ok(CallFilter { function, outcome, status, trigger, since, until })
}

/// The id of the function of that name.
async fn id(tx: &mut Tx<Team>, project: &Project, name: &FunctionName) -> Result<FunctionId> {
    let unknown = || Error::NotFound(format!("`{}` has no function `{name}`", project.slug));
    tx.function_id(project.id, name).await?.ok_or_else(unknown)
}
