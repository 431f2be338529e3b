//! API tokens.

mod create;
mod manage;

pub use create::{NewToken, create};
pub use manage::{list, revoke};
