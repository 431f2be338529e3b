//! Projects.

mod load;
mod create;
mod read;
mod rename;
mod slug;
mod remove;
mod members;

pub use create::{NewProject, create};
pub use load::ProjectRef;
pub(crate) use load::{check_active, load, load_with};
pub use members::{list_members, remove_member, set_member};
pub use read::{ProjectQuery, get, list};
pub use remove::{delete, restore};
pub use rename::rename;
pub use slug::{SlugCheck, SlugState, change_slug, check_slug};
