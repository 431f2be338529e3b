//! Faults planted on purpose, one at a time: only in builds with the feature `planted`, to see the
//! doors test go red.

use std::sync::{Mutex, PoisonError};

use croft_model::permissions::Permission;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This permission is never checked.
    NoCheck(Permission),
    /// A project's permissions are looked up in a team of the caller's own.
    WrongTeam,
}

static FAULT: Mutex<Option<Fault>> = Mutex::new(None);

/// Plants a fault, for the whole process.
pub fn plant(fault: Option<Fault>) {
    *FAULT.lock().unwrap_or_else(PoisonError::into_inner) = fault;
}

pub(crate) fn is(fault: Fault) -> bool {
    *FAULT.lock().unwrap_or_else(PoisonError::into_inner) == Some(fault)
}
