//! The versions of a function.

use axum::extract::State;
use croft_app::{
    App, Listed,
    functions::{self, Version},
    projects::ProjectRef,
};
use croft_model::name::FunctionName;
use croft_sdk::{
    functions::{Function, FunctionVersion, VersionDiff},
    page::Page,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
    page,
};

type Numbered = (Parsed<ProjectRef>, Parsed<FunctionName>, Parsed<i64>);

fn answer(version: Version) -> FunctionVersion {
    FunctionVersion {
        id: version.id,
        number: version.number,
        active: version.active,
        source: version.source,
        source_bytes: version.source_bytes,
        created_at: version.created_at,
        created_by: version.created_by,
    }
}

/// A function's versions, newest first, without their texts. The last 100 are kept, and the active
/// one.
#[utoipa::path(
    get,
    path = "/projects/{project}/functions/{name}/versions",
    operation_id = "function_version_list",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
    ),
    responses((status = 200, body = Page<FunctionVersion>)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name))): Path<(Parsed<ProjectRef>, Parsed<FunctionName>)>,
) -> Result<Json<Page<FunctionVersion>>> {
    let versions = functions::versions(&app, &caller, &project, &name).await?;
    Ok(page::answer(Listed::all(versions), answer))
}

/// One version of a function, with its text.
#[utoipa::path(
    get,
    path = "/projects/{project}/functions/{name}/versions/{number}",
    operation_id = "function_version_get",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
        ("number" = i64, Path, description = "The version's number."),
    ),
    responses((status = 200, body = FunctionVersion)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn get(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name), Parsed(number))): Path<Numbered>,
) -> Result<Json<FunctionVersion>> {
    let version = functions::version(&app, &caller, &project, &name, number).await?;
    Ok(Json(answer(version)))
}

/// With what to compare.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Against {
    /// The number of the version before; the one just before it when left out, 0 for nothing.
    #[param(minimum = 0)]
    against: Option<i64>,
}

/// What a version changed.
#[utoipa::path(
    get,
    path = "/projects/{project}/functions/{name}/versions/{number}/diff",
    operation_id = "function_version_diff",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
        ("number" = i64, Path, description = "The version's number."),
        Against,
    ),
    responses((status = 200, body = VersionDiff)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn diff(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name), Parsed(number))): Path<Numbered>,
    Query(Against { against }): Query<Against>,
) -> Result<Json<VersionDiff>> {
    let diff = functions::diff(&app, &caller, &project, &name, against, number).await?;
    Ok(Json(VersionDiff { from: diff.from, to: diff.to, unified: diff.unified }))
}

/// Makes a version the active one: goes back to an older one, or forward again.
///
/// Its next call runs it. Routes stay as they are.
#[utoipa::path(
    post,
    path = "/projects/{project}/functions/{name}/versions/{number}/activate",
    operation_id = "function_version_activate",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
        ("number" = i64, Path, description = "The version's number."),
    ),
    responses((status = 200, body = Function)),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn activate(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(name), Parsed(number))): Path<Numbered>,
) -> Result<Json<Function>> {
    let function = functions::activate(&app, &caller, &project, &name, number).await?;
    Ok(Json(super::answer(function)))
}
