//! Setting a variable.

use axum::extract::State;
use croft_app::{
    App, Error,
    projects::ProjectRef,
    variables::{self, NewValue},
};
use croft_model::{name::EnvKey, project::Environment};
use croft_sdk::variables::{SetVariable, Variable};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Sets a variable or secret, whether or not it was there.
///
/// What was secret stays so when `secret` is left out; the value of a secret is never shown again.
#[utoipa::path(
    put,
    path = "/projects/{project}/variables/{environment}/{key}",
    operation_id = "variable_set",
    tag = "variables",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("environment" = inline(Environment), Path, description = "Whose variables."),
        ("key" = EnvKey, Path, description = "Its name: letters, digits and `_`; never `CROFT_…`."),
    ),
    request_body(content = SetVariable, example = json!({ "value": "s3cr3t", "secret": true })),
    responses((status = 200, body = Variable)),
    extensions(("x-permission" = json!("variables.write")))
)]
pub(super) async fn set(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), environment, key)): Path<(Parsed<ProjectRef>, Environment, String)>,
    Json(body): Json<SetVariable>,
) -> Result<Json<Variable>> {
    // What is wrong with a new name is told; only a name asked for can be not found.
    let key: EnvKey = key.parse().map_err(Error::from)?;
    let new = NewValue { value: body.value, secret: body.secret, category: body.category };
    let set = variables::set(&app, &caller, &project, environment, key, new).await?;
    Ok(Json(super::answer(set)))
}
