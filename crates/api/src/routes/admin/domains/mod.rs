//! All claims of hosts.

mod list;
mod prove;
mod grant;

use croft_app::admin::DomainSummary;
use croft_sdk::admin::AdminDomain;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list, grant::grant)).routes(routes!(prove::prove))
}

/// A claim as it is answered to the operator.
fn answer(DomainSummary { domain, project_slug, team_name }: DomainSummary) -> AdminDomain {
    AdminDomain {
        id: domain.id,
        host: domain.pattern,
        state: domain.state,
        project_id: domain.project,
        project: project_slug,
        team: team_name,
        created_at: domain.created_at,
    }
}
