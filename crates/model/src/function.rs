//! Functions: what a call is given, what it may use, and how it can end.

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// What one call may use. There is no default: whoever calls says what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Wall-clock milliseconds from start to answer.
    pub time_ms: u64,
    /// Bytes the call may hold at one time.
    pub memory_bytes: u64,
    /// Bytes of body it may answer.
    pub response_bytes: u64,
    /// Steps of the engine.
    pub operations: u64,
    /// Calls of the same project that may run at one time.
    pub concurrency: u32,
}

/// Engine steps for each millisecond of a call: a bound that does not depend on the clock.
const OPERATIONS_PER_MS: u64 = 20_000;

impl Budget {
    /// What a team's limits give one call.
    pub fn from_limits(limits: &Limits) -> Self {
        Self {
            time_ms: limits.call_time_ms,
            memory_bytes: limits.call_memory_bytes,
            response_bytes: limits.call_response_bytes,
            operations: limits.call_time_ms.saturating_mul(OPERATIONS_PER_MS),
            concurrency: u32::try_from(limits.concurrent_calls).unwrap_or(u32::MAX),
        }
    }
}

/// Which bound a call ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exceeded {
    /// The deadline.
    Time,
    /// Memory.
    Memory,
    /// Engine steps.
    Operations,
    /// Depth of calls within calls.
    Depth,
    /// The size of the answer, or of one value.
    Size,
}

/// How a call ended; what counts and lists are kept by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It answered.
    Returned,
    /// The script raised an error.
    Threw,
    /// It ran into a bound of its budget.
    Exceeded,
    /// It used what it was not given.
    Denied,
    /// Croft could not run it.
    Unavailable,
}

impl OutcomeKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Returned, Self::Threw, Self::Exceeded, Self::Denied, Self::Unavailable];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Threw => "threw",
            Self::Exceeded => "exceeded",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
        }
    }

    /// The outcome of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == text)
    }
}

/// What called a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A request to one of its project's hosts.
    Http,
    /// A request to the API by its id.
    Execute,
    /// A member who tries it.
    Test,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http, Self::Execute, Self::Test];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Execute => "execute",
            Self::Test => "test",
        }
    }

    /// The trigger of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }
}

/// How much a line that a function logged matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the author while looking for something.
    Debug,
    /// Worth knowing.
    Info,
    /// Odd.
    Warn,
    /// Wrong.
    Error,
}

impl LogLevel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == text)
    }
}
