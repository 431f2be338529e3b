//! Domains: hosts that a project claims.

mod list;
mod claim;
mod release;

use croft_app::domains::Domain;
use croft_model::domain::ClaimState;
use croft_sdk::domains::{self as wire, Proof};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list, claim::claim)).routes(routes!(release::release))
}

/// A claim as it is answered.
pub(super) fn answer(domain: Domain) -> wire::Domain {
    let proof = match domain.state {
        ClaimState::Pending => Some(Proof {
            name: format!("_croft.{}", domain.pattern.base()),
            value: domain.challenge,
        }),
        ClaimState::Proven => None,
    };
    wire::Domain {
        id: domain.id,
        host: domain.pattern,
        state: domain.state,
        proof,
        created_at: domain.created_at,
    }
}
