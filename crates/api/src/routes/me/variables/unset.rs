//! Removing one of one's own variables.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, variables};
use croft_model::name::EnvKey;

use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
};

/// Removes one of one's own variables.
///
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    delete,
    path = "/me/variables/{key}",
    operation_id = "my_variable_unset",
    tag = "me",
    params(("key" = EnvKey, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn unset(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(key)): Path<Parsed<EnvKey>>,
) -> Result<StatusCode> {
    variables::unset_own(&app, &caller, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
