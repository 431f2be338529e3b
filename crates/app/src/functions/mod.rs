//! Functions, their routes and their calls.

mod deploy;
mod read;
mod seed;

pub use deploy::{NewFunction, deploy, remove};
pub use read::{get, invocations, list};
pub(crate) use seed::adopt;
pub use seed::seed;
