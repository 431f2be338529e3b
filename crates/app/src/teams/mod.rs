//! Teams and their members.

mod place;
mod create;
mod read;
mod update;
mod members;

pub use create::create;
pub use members::{remove_member, set_role};
pub(crate) use place::in_team;
pub use read::{TeamLimits, get, limits, list, members};
pub use update::{delete, rename, transfer};
