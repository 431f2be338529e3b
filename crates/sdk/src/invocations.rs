//! Calls of functions: those that are listed one by one, and counts of all.

use croft_model::{
    function::{LogLevel, OutcomeKind, Trigger},
    id::InvocationId,
    name::FunctionName,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// One call of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Invocation {
    /// Its id. Ids sort by when calls were written down, which is after they ended.
    pub id: InvocationId,
    /// The function's name.
    pub function: FunctionName,
    /// The request that made it.
    pub request_id: String,
    /// What called it.
    pub trigger: Trigger,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub error: Option<InvocationError>,
    /// What it logged, in order.
    pub log: Vec<InvocationLogLine>,
}

/// What went wrong in a call, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationError {
    /// What went wrong.
    pub message: String,
    /// The line of the script, from 1, if it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub column: Option<u32>,
    /// The script's functions that were being called, innermost first.
    pub stack: Vec<InvocationFrame>,
}

/// A call within a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationFrame {
    /// The name of the script's function.
    pub function: String,
    /// The line it was called on, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub column: Option<u32>,
}

/// A line that a call logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationLogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The text.
    pub text: String,
}

/// One page of calls, newest first, and what is not on any page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationPage {
    /// The calls.
    pub items: Vec<Invocation>,
    /// Give this as `after` to get the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub next: Option<InvocationId>,
    /// Calls that are on no page: of many that are alike only some are listed. All of those of the
    /// minutes, the function and the outcome asked for; `status` and `trigger` do not narrow it.
    pub left_out: u64,
    /// Times in which Croft ended without warning: calls may be missing.
    pub gaps: Vec<InvocationGap>,
}

/// A time in which calls may have been made that are neither listed nor counted: Croft ended
/// without warning, and what it had not yet written down, about a second's calls, went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationGap {
    /// What had ended by then is counted.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: OffsetDateTime,
    /// When Croft was there again.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub until: OffsetDateTime,
}

/// How long a step of counts is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CountStep {
    /// A minute. Calls of more than a week ago stand in the first minute of their hour.
    #[default]
    Minute,
    /// An hour.
    Hour,
}

/// Every call, counted, by steps of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationCounts {
    /// When the first step begins.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: OffsetDateTime,
    /// When the last one ends.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub until: OffsetDateTime,
    /// How long a step is.
    pub step: CountStep,
    /// The steps in which there were calls, oldest first.
    pub items: Vec<InvocationCount>,
    /// Times in which Croft ended without warning: calls may be missing.
    pub gaps: Vec<InvocationGap>,
}

/// The calls that came in in one step of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvocationCount {
    /// When the step begins.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// How many calls there were.
    pub calls: u64,
    /// Of these, how many are not listed.
    pub left_out: u64,
    /// How long they took together, in microseconds.
    pub duration_us: u64,
    /// What half of them took at most, in microseconds, within an eighth.
    pub p50_us: u64,
    /// What 95 of 100 took at most.
    pub p95_us: u64,
    /// What 99 of 100 took at most.
    pub p99_us: u64,
    /// By how they ended.
    pub outcomes: Vec<OutcomeCount>,
}

/// Calls that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OutcomeCount {
    /// How they ended.
    pub outcome: OutcomeKind,
    /// How many there were.
    pub calls: u64,
    /// Of these, how many are not listed.
    pub left_out: u64,
    /// How long they took together, in microseconds.
    pub duration_us: u64,
}
