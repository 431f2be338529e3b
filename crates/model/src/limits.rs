//! How much of everything a team may have (decision 16).

use serde::{Deserialize, Serialize};

/// Declares the limits with their wire names and the default plan's values.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $default:expr;)*) => {
        /// What one plan allows. Bytes are bytes, times are milliseconds.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits { $($(#[$doc])* pub $name: u64,)* }

        impl Default for Limits {
            /// The default plan.
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// The names of all limits.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The value of the limit of that name.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name { $(stringify!($name) => Some(self.$name),)* _ => None }
            }

            /// Sets the limit of that name; `false` when there is none.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name { $(stringify!($name) => { self.$name = value; true })* _ => false }
            }
        }
    };
}

const MIB: u64 = 1024 * 1024;

limits! {
    /// Projects of a team, deleted ones within their grace period included.
    projects = 20;
    /// Members of a team, open invitations included.
    members = 25;
    /// API tokens of a team.
    tokens = 100;
    /// Variables and secrets of a project and environment, and of a person.
    variables = 200;
    /// Domains claimed by a project.
    domains = 50;
    /// Functions of a project.
    functions = 100;
    /// Routes of a project.
    routes = 500;
    /// Calls of a project's functions at one time.
    concurrent_calls = 32;
    /// How long one call may take, in milliseconds.
    call_time_ms = 10_000;
    /// What one call may hold in memory, in bytes.
    call_memory_bytes = 64 * MIB;
    /// What one call may answer, in bytes.
    call_response_bytes = 6 * MIB;
    /// A function's source, in bytes.
    function_source_bytes = 256 * 1024;
    /// Rows of invocations kept for a project, in bytes.
    invocation_log_bytes = 64 * MIB;
}

/// A limit that is reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{used} of {allowed} {limit} are in use")]
pub struct QuotaExceeded {
    /// The limit's name, one of [`Limits::NAMES`].
    pub limit: &'static str,
    /// What is in use.
    pub used: u64,
    /// What is allowed.
    pub allowed: u64,
}

impl QuotaExceeded {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        format!(
            "Delete some {0}, or ask the operator to raise it: croft admin limits TEAM --set {0}=N",
            self.limit
        )
    }
}

/// Passes when one more fits.
pub fn check_room(limit: &'static str, used: u64, allowed: u64) -> Result<(), QuotaExceeded> {
    if used < allowed { Ok(()) } else { Err(QuotaExceeded { limit, used, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_slot_is_taken_and_the_next_refused() {
        assert!(check_room("projects", 19, 20).is_ok());
        let error = check_room("projects", 20, 20).unwrap_err();
        assert!(error.remedy().contains("projects=N"));
    }

    #[test]
    fn an_override_names_only_what_it_changes() {
        let limits: Limits = serde_json::from_str(r#"{"projects": 3}"#).unwrap();
        assert_eq!((limits.projects, limits.members), (3, 25));
        assert!(serde_json::from_str::<Limits>(r#"{"project": 3}"#).is_err());
    }
}
