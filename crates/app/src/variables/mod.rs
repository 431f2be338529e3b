//! Variables and secrets, of projects and of people.

mod project;
mod own;

pub use croft_store::variables::Variable;
pub use own::{list_own, set_own, unset_own};
pub use project::{NewValue, list, set, unset};
