//! Looking at a text without deploying it.

use axum::extract::State;
use croft_app::{App, functions, projects::ProjectRef};
use croft_model::name::FunctionName;
use croft_sdk::functions::{CheckSource, SourceCheck, SourceProblem};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Says whether a text would be accepted as the function's next version, and if not, where and why.
///
/// Nothing changes, and the function need not be there yet.
#[utoipa::path(
    post,
    path = "/projects/{project}/functions/{name}/check",
    operation_id = "function_check",
    tag = "functions",
    params(
        ("project" = String, Path, description = "The project's id or slug."),
        ("name" = FunctionName, Path, description = "The function's name."),
    ),
    request_body(content = CheckSource, example = json!({ "source": "`Hello, ${ctx.params.name}!`" })),
    responses((status = 200, body = SourceCheck)),
    extensions(("x-permission" = json!("functions.write")))
)]
pub(super) async fn check(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path((Parsed(project), Parsed(_name))): Path<(Parsed<ProjectRef>, Parsed<FunctionName>)>,
    Json(CheckSource { source }): Json<CheckSource>,
) -> Result<Json<SourceCheck>> {
    let problem = functions::check(&app, &caller, &project, source.clone()).await?;
    let problems = problem.into_iter().map(|error| SourceProblem {
        text: functions::line_of(&source, error.line),
        message: error.message,
        line: error.line,
        column: error.column,
    });
    Ok(Json(SourceCheck { problems: problems.collect() }))
}
