//! API tokens.

mod create;
mod manage;

pub use create::{NewToken, create};
pub use croft_store::tokens::Token;
pub use manage::{list, revoke};
