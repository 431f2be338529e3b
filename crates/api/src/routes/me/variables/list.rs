//! Seeing one's own variables.

use axum::extract::State;
use croft_app::{App, variables};
use croft_sdk::{page::Page, variables::Variable};

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
};

/// One's own variables by name, without the values of secrets.
///
/// A page ends also when its values come to 1 MiB. Needs a sign-in; a token cannot.
#[utoipa::path(
    get,
    path = "/me/variables",
    operation_id = "my_variable_list",
    tag = "me",
    params(PageQuery),
    responses((status = 200, body = Page<Variable>)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Variable>>> {
    let own = variables::list_own(&app, &caller, page.page()?).await?;
    Ok(page::answer(own, super::answer))
}
