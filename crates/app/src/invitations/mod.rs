//! Invitations into teams (decision 32): a link with a secret, single use, seven days, and it never
//! signs anyone in.

mod invite;
mod accept;

pub use accept::{accept, inspect};
pub use croft_store::invitations::{Invitation, NamedInvitation};
pub use invite::{Invited, invite, list, revoke};
