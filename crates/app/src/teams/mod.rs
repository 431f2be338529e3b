//! Teams and their members.

mod place;
mod create;
mod read;
mod update;
mod members;

pub use create::create;
pub use croft_store::teams::{Member, Team, Used};
pub use members::{remove_member, set_role};
pub(crate) use place::in_team;
pub use read::{TeamLimits, get, limits, list, members};
pub use update::{delete, rename, transfer};
