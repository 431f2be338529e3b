//! Signing in and out.

mod authenticate;
mod sign_in;
mod manage;

pub use authenticate::{authenticate, still_stands};
pub use croft_store::sessions::Session;
pub use manage::{end, end_all, list};
pub(crate) use sign_in::open;
pub use sign_in::{Credentials, Opened, sign_in};
