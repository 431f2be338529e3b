//! Domains: claiming hosts for a project and giving them up (decision 11).

mod claim;
mod hosts;
mod within;

pub use claim::{claim, list, release};
pub(crate) use claim::{new_claim, taken};
pub use croft_store::domains::{Domain, DomainSummary};
pub use hosts::RouteProblem;
pub(crate) use hosts::{Hosts, is_default};
pub use within::{allow, disallow, within};
