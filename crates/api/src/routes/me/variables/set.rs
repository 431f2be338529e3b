//! Setting one of one's own variables.

use axum::extract::State;
use croft_app::{
    App,
    variables::{self, NewValue},
};
use croft_model::name::EnvKey;
use croft_sdk::variables::{SetVariable, Variable};

use crate::{
    auth::Authenticated,
    body::{Json, Path},
    error::{ApiError, Result},
};

/// Sets one of one's own variables, whether or not it was there.
///
/// What was secret stays so when `secret` is left out; the value of a secret is never shown again.
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    put,
    path = "/me/variables/{key}",
    operation_id = "my_variable_set",
    tag = "me",
    params(("key" = EnvKey, Path, description = "Its name: letters, digits and `_`; never `CROFT_…`.")),
    request_body(content = SetVariable, example = json!({ "value": "s3cr3t", "secret": true })),
    responses((status = 200, body = Variable)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn set(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(key): Path<String>,
    Json(body): Json<SetVariable>,
) -> Result<Json<Variable>> {
    // What is wrong with a new name is told; only a name asked for can be not found.
    let key: EnvKey = key.parse().map_err(|wrong| ApiError::from(croft_app::Error::from(wrong)))?;
    let new = NewValue { value: body.value, secret: body.secret, category: body.category };
    let set = variables::set_own(&app, &caller, key, new).await?;
    Ok(Json(super::answer(set)))
}
