//! Seeing one's own variables.

use axum::extract::State;
use croft_app::{App, Listed, variables};
use croft_sdk::{page::Page, variables::Variable};

use crate::{auth::Authenticated, body::Json, error::Result, page};

/// One's own variables by name, without the values of secrets.
///
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    get,
    path = "/me/variables",
    operation_id = "my_variable_list",
    tag = "me",
    responses((status = 200, body = Page<Variable>)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
) -> Result<Json<Page<Variable>>> {
    let own = variables::list_own(&app, &caller).await?;
    Ok(page::answer(Listed::all(own), super::answer))
}
