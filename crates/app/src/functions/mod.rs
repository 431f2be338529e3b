//! Functions, their routes and their calls.

mod call;
mod deploy;
mod read;
mod routes;
pub mod calls;
mod seed;
mod versions;

pub use crate::domains::RouteProblem;
pub use call::{Asked, Called, Ready, call, ready, unsaved};
pub use croft_model::function::Trigger;
pub use croft_ports::function_invoker::{CallResponse, LogLine, ScriptError, StackFrame};
pub use croft_store::{
    function_routes::Route,
    functions::{Function, Version},
};
pub use deploy::{NewFunction, Placed, check, deploy, line_of, remove};
pub use read::{get, list};
pub use routes::{
    Imagined, Lead, Leading, Led, RouteCheck, add_route, check_route, lead, remove_route, routes,
};
pub(crate) use seed::adopt;
pub use seed::seed;
pub use versions::{Difference, activate, diff, version, versions};
