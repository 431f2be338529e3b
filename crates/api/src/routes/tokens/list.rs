//! Seeing tokens.

use axum::extract::State;
use croft_app::{App, tokens};
use croft_model::id::TeamId;
use croft_sdk::{page::Page, tokens::Token};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
    page::{self, PageQuery},
};

/// One's own tokens for a team, without their secrets, newest first.
///
/// With the permission `tokens.manage` it is everybody's.
#[utoipa::path(
    get,
    path = "/teams/{team}/tokens",
    operation_id = "token_list",
    tag = "tokens",
    params(("team" = TeamId, Path, description = "The team's id."), PageQuery),
    responses((status = 200, body = Page<Token>)),
    extensions(("x-permission" = json!("tokens.own")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Token>>> {
    let listed = tokens::list(&app, &caller, team, page.page()?).await?;
    Ok(page::answer(listed, super::answer))
}
