//! Domains: claiming hosts for a project and giving them up (decision 11).

mod claim;

pub use claim::{claim, list, release};
pub use croft_store::domains::Domain;
