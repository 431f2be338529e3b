//! Domains: hosts that a project claims.

mod list;
mod claim;
mod release;
mod within;

use croft_app::domains::{Domain, DomainSummary};
use croft_model::domain::ClaimState;
use croft_sdk::domains::{self as wire, Proof};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list, claim::claim))
        .routes(routes!(release::release))
        .routes(routes!(within::list))
        .routes(routes!(within::allow))
        .routes(routes!(within::disallow))
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

/// A claim and its claimant as they are answered.
pub(super) fn answer_claimed(found: DomainSummary) -> wire::ClaimedDomain {
    let DomainSummary { domain, project_slug, team_name } = found;
    wire::ClaimedDomain {
        id: domain.id,
        host: domain.pattern,
        state: domain.state,
        project_id: domain.project,
        project: project_slug,
        team: team_name,
        created_at: domain.created_at,
    }
}
