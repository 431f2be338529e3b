//! Seeing all teams.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::{admin::AdminTeam, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
};

/// All teams of the installation with their sizes and limits, newest first.
#[utoipa::path(
    get,
    path = "/admin/teams",
    operation_id = "admin_team_list",
    tag = "admin",
    params(PageQuery),
    responses((status = 200, body = Page<AdminTeam>)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AdminTeam>>> {
    let teams = admin::list_teams(&app, &caller, page.page()?).await?;
    Ok(page::answer(teams, super::answer))
}
