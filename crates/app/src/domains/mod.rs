//! Domains: claiming hosts for a project and giving them up (decision 11).

mod claim;

pub use claim::{claim, list, release};
pub(crate) use claim::{new_claim, taken};
pub use croft_store::domains::Domain;
