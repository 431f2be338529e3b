//! Who asks, from where, and the proof that they may.

use std::net::IpAddr;

use croft_model::{
    access::{Place, Principal, Proof},
    audit::Means,
    id::RequestId,
    permissions::Permission,
};

use crate::Result;

/// Where a request came from, for logs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The client's address, if it came over the network.
    pub address: Option<IpAddr>,
    /// The request, if it was one.
    pub request: Option<RequestId>,
}

/// Somebody known, asking from somewhere.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, and what they may do.
    pub principal: Principal,
    /// From where.
    pub origin: Origin,
}

impl Caller {
    /// By what means, for the audit log.
    pub fn means(&self) -> Means {
        match self.principal.by {
            Proof::Session { .. } => Means::Session,
            Proof::Token { .. } => Means::Token,
        }
    }
}

/// The proof that a caller may do something somewhere; whatever changes things takes one.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Grant {
    permission: Permission,
    place: Place,
}

impl Grant {
    /// What was granted.
    pub fn permission(self) -> Permission {
        self.permission
    }

    /// Where.
    pub fn place(self) -> Place {
        self.place
    }
}

/// The one place that says yes.
pub fn authorize(caller: &Caller, permission: Permission, place: Place) -> Result<Grant> {
    #[cfg(feature = "planted")]
    if crate::planted::is(crate::planted::Fault::NoCheck(permission)) {
        return Ok(Grant { permission, place });
    }
    caller.principal.may(permission, place)?;
    Ok(Grant { permission, place })
}
