//! Seeing the calls of functions.

use axum::extract::State;
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::name::FunctionName;
use croft_sdk::{functions::Invocation, page::Page};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path, Query},
    error::Result,
    page::{self, PageQuery},
};

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only calls of the function of this name.
    function: Option<FunctionName>,
}

/// Calls of a project's functions with what they logged, newest first.
///
/// Calls are written down in batches: one may be here a moment after it was answered.
#[utoipa::path(
    get,
    path = "/projects/{project}/invocations",
    operation_id = "invocation_list",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        Filter,
        PageQuery,
    ),
    responses((status = 200, body = Page<Invocation>)),
    extensions(("x-permission" = json!("logs.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Invocation>>> {
    let function = filter.function.as_ref();
    let calls = functions::invocations(&app, &caller, &project, function, page.page()?).await?;
    Ok(page::answer(calls, super::answer_call))
}
