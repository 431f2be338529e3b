//! Functions, their routes and their calls.

mod deploy;
mod read;
mod seed;
mod versions;

pub use croft_ports::function_invoker::ScriptError;
pub use croft_store::{
    functions::{Function, Route, Version},
    invocations::LoggedCall,
};
pub use deploy::{NewFunction, Placed, check, deploy, line_of, remove};
pub use read::{get, invocations, list};
pub(crate) use seed::adopt;
pub use seed::seed;
pub use versions::{Difference, activate, diff, version, versions};
