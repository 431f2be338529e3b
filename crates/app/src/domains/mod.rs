//! Domains: claiming hosts for a project and giving them up (decision 11).

mod claim;
mod hosts;

pub use claim::{claim, list, release};
pub(crate) use claim::{new_claim, taken};
pub use croft_store::domains::Domain;
pub use hosts::RouteProblem;
pub(crate) use hosts::{Hosts, is_default};
