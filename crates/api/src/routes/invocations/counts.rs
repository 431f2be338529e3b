//! Seeing how often functions were called.

use axum::extract::State;
use croft_app::{
    App,
    functions::calls::{self, Count, Latencies, Step},
    projects::ProjectRef,
};
use croft_model::name::FunctionName;
use croft_sdk::invocations::{CountStep, InvocationCount, InvocationCounts, OutcomeCount};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{answer_gaps, wanted::time};
use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
};

/// The query of counts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CountsQuery {
    /// Only calls of the function of this name.
    function: Option<FunctionName>,
    /// From the step that this time is in; an hour ago when left out, with hours as steps a day.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// To the step that this time is in; now when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// How long a step is: `minute` or `hour`.
    #[serde(default)]
    step: CountStep,
}

/// How many calls a project's functions had, how they ended and how long they took, by the minute or
/// by the hour in which they came in: of every call, also of those that are not listed.
///
/// Minutes are kept for a week, hours for 90 days. One answer has at most 2200 steps.
#[utoipa::path(
    get,
    path = "/projects/{project}/invocations/counts",
    operation_id = "invocation_counts",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug."), CountsQuery),
    responses((status = 200, body = InvocationCounts)),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn counts(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Query(query): Query<CountsQuery>,
) -> Result<Json<InvocationCounts>> {
    let CountsQuery { function, since, until, step } = query;
    let range = (time("since", since.as_deref())?, time("until", until.as_deref())?);
    let length = match step {
        CountStep::Minute => Step::Minute,
        CountStep::Hour => Step::Hour,
    };
    let counts = calls::counts(&app, &caller, &project, function.as_ref(), range, length).await?;
    let calls::Counts { since, until, steps, gaps } = counts;
    let items = steps.into_iter().map(|(at, counts)| answer_step(at, &counts)).collect();
    Ok(Json(InvocationCounts { since, until, step, items, gaps: answer_gaps(gaps) }))
}

fn answer_step(at: OffsetDateTime, counts: &[Count]) -> InvocationCount {
    let mut latencies = Latencies::default();
    for count in counts {
        latencies.add_all(&count.latencies);
    }
    let sum = |of: fn(&Count) -> u64| counts.iter().map(of).sum();
    let percentile = |percent| latencies.percentile(percent).unwrap_or(0);
    let outcome = |count: &Count| OutcomeCount {
        outcome: count.outcome,
        calls: count.calls,
        left_out: count.left_out,
        duration_us: count.duration_us,
    };
    InvocationCount {
        at,
        calls: sum(|count| count.calls),
        left_out: sum(|count| count.left_out),
        duration_us: sum(|count| count.duration_us),
        p50_us: percentile(50),
        p95_us: percentile(95),
        p99_us: percentile(99),
        outcomes: counts.iter().map(outcome).collect(),
    }
}
