//! Accounts: the first one, those after it, and one's own.

mod make;
mod setup;
mod sign_up;
mod own;

pub use own::{change_password, delete, rename};
pub use setup::{Setup, installation, set_up, set_up_from_console, setup_secret};
pub use sign_up::{NewAccount, sign_up};
