//! Functions, their routes and their calls.

mod deploy;
mod read;
mod seed;

pub use croft_store::{
    functions::{Function, Route},
    invocations::LoggedCall,
};
pub use deploy::{NewFunction, Placed, deploy, remove};
pub use read::{get, invocations, list};
pub(crate) use seed::adopt;
pub use seed::seed;
