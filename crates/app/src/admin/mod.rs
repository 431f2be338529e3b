//! What the operator of the installation sees and does: names, sizes and states, not contents.

mod read;
mod users;
mod teams;
mod domains;
mod settings;
mod console;

pub use croft_store::{domains::DomainSummary, due::QueueRow, teams::TeamSummary, users::User};

pub use console::{is_new, reset_password, rewrap_keys, verify_keys};
pub use domains::{grant_domain, list_domains, prove_domain};
pub use read::{audit, list_teams, list_users, queue};
pub use settings::{set_sign_up, settings};
pub use teams::{enter, set_limits};
pub use users::{UserChange, update_user};

use croft_model::{access::Place, permissions::Permission};

use crate::{Caller, Grant, Result, authorize};

fn operator(caller: &Caller, permission: Permission) -> Result<Grant> {
    authorize(caller, permission, Place::Installation)
}
