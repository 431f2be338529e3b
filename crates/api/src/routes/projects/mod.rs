//! Projects.

mod create;
mod get;
mod list;
mod update;
mod delete;
mod restore;
mod slug;
mod members;

use croft_app::{App, Seen};
use croft_model::project::{Project, State};
use croft_sdk::projects as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(restore::restore))
        .merge(slug::routes())
        .merge(members::routes())
}

/// A project as it is answered.
fn answer(app: &App, seen: Seen<Project>) -> wire::Project {
    let Seen { thing: project, allowed } = seen;
    let (deleted_at, purge_at) = match project.state {
        State::Active => (None, None),
        State::Deleted { deleted_at, purge_at } => (Some(deleted_at), Some(purge_at)),
    };
    wire::Project {
        url: app.installation.project_origin(&project.label),
        id: project.id,
        team_id: project.team_id,
        name: project.name,
        slug: project.slug,
        label: project.label,
        created_at: project.created_at,
        deleted_at,
        purge_at,
        allowed_actions: allowed,
    }
}
