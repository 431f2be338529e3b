//! Seeing projects.

use axum::extract::State;
use croft_app::{
    App,
    projects::{self, ProjectQuery},
};
use croft_model::id::TeamId;
use croft_sdk::{page::Page, projects::Project};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
};

/// Which projects.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only this team's.
    team: Option<TeamId>,
    /// Deleted ones that can still be restored, in place of those that are there.
    #[serde(default)]
    deleted: bool,
}

/// The projects of all one's teams, newest first.
#[utoipa::path(
    get,
    path = "/projects",
    operation_id = "project_list",
    tag = "projects",
    params(Filter, PageQuery),
    responses((status = 200, body = Page<Project>)),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Project>>> {
    let query = ProjectQuery { team: filter.team, deleted: filter.deleted };
    let listed = projects::list(&app, &caller, query, page.page()?).await?;
    Ok(page::answer(listed, |seen| super::answer(&app, seen)))
}
