//! All teams.

mod list;
mod set_limits;
mod enter;

use croft_app::admin::TeamSummary;
use croft_sdk::admin::AdminTeam;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(set_limits::set_limits))
        .routes(routes!(enter::enter))
}

/// A team as it is answered to the operator.
fn answer(summary: TeamSummary) -> AdminTeam {
    let TeamSummary { team, used, limits } = summary;
    AdminTeam {
        id: team.id,
        name: team.name,
        members: used.members,
        projects: used.projects,
        limits,
        created_at: team.created_at,
    }
}
