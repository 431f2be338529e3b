//! Saying where a request would lead.

use axum::extract::State;
use croft_app::{
    App, Caller, Error,
    functions::{self, Imagined, Lead, Led},
    projects::ProjectRef,
};
use croft_model::route::Reserved;
use croft_sdk::routes::{MatchOutcome, MatchRoute, RouteMatch};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// The longest path looked at, in bytes.
const PATH_MAX: usize = 8192;

/// Says which route would take a request. Nothing is called.
#[utoipa::path(
    post,
    path = "/projects/{project}/routes/match",
    operation_id = "route_match",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug.")),
    request_body(content = MatchRoute, example = json!({ "method": "GET", "path": "/hello/ada" })),
    responses((status = 200, body = RouteMatch)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn find(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Json(body): Json<MatchRoute>,
) -> Result<Json<RouteMatch>> {
    let mut led = lead(&app, &caller, &project, body).await?;
    led.steps.clear();
    Ok(Json(answer(led)))
}

/// Says which route would take a request, and what is tried on the way there. Nothing is called.
#[utoipa::path(
    post,
    path = "/projects/{project}/routes/explain",
    operation_id = "route_explain",
    tag = "functions",
    params(("project" = String, Path, description = "The project's id or slug.")),
    request_body(content = MatchRoute, example = json!({ "method": "GET", "path": "/hello/ada" })),
    responses((status = 200, body = RouteMatch)),
    extensions(("x-permission" = json!("functions.read")))
)]
pub(super) async fn explain(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    Json(body): Json<MatchRoute>,
) -> Result<Json<RouteMatch>> {
    Ok(Json(answer(lead(&app, &caller, &project, body).await?)))
}

async fn lead(app: &App, caller: &Caller, project: &ProjectRef, asked: MatchRoute) -> Result<Led> {
    let MatchRoute { method, host, path } = asked;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if method.is_empty() || method.len() > 32 || !method.bytes().all(token) {
        return Err(Error::invalid("method", "a method of HTTP, like GET").into());
    }
    if path.len() > PATH_MAX || !path.starts_with('/') || path.contains(['?', '#']) {
        let problem = "begins with /, has neither query nor fragment, at most 8192 bytes";
        return Err(Error::invalid("path", problem).into());
    }
    let method = method.to_ascii_uppercase();
    Ok(functions::lead(app, caller, project, Imagined { method, host, path }).await?)
}

fn answer(Led { host, lead, steps }: Led) -> RouteMatch {
    let (outcome, message) = match &lead {
        Lead::Function { leading, .. } => (
            MatchOutcome::Function,
            format!(
                "The function {} answers, by the route {}.",
                leading.function, leading.route.pattern
            ),
        ),
        Lead::MethodNotAllowed(allow) => (
            MatchOutcome::MethodNotAllowed,
            format!("The path has routes for {} only: others are answered 405.", allow.join(", ")),
        ),
        Lead::NotFound => {
            (MatchOutcome::NotFound, "No route takes it: it is answered 404.".to_owned())
        }
        Lead::Reserved(whose) => (MatchOutcome::Reserved, reserved(*whose).to_owned()),
        Lead::Pending(pattern) => (
            MatchOutcome::PendingDomain,
            format!("The project claims {pattern}, which is not proven yet: nothing answers."),
        ),
        Lead::OtherHost => (
            MatchOutcome::OtherHost,
            format!("{host} is no host of this project; claim it: croft domain claim {host}"),
        ),
    };
    let (params, host_params, allow) = Default::default();
    let plain =
        RouteMatch { outcome, message, host, route: None, params, host_params, allow, steps };
    match lead {
        Lead::Function { leading, params, host_param } => RouteMatch {
            route: Some(super::answer(*leading)),
            params: params.into_iter().collect(),
            host_params: host_param.into_iter().collect(),
            ..plain
        },
        Lead::MethodNotAllowed(allow) => RouteMatch { allow, ..plain },
        _ => plain,
    }
}

fn reserved(whose: Reserved) -> &'static str {
    match whose {
        Reserved::WellKnown => "What is below /.well-known/croft is Croft's own on every host.",
        Reserved::Api => "Croft's API answers, by bearer tokens.",
        Reserved::Health => "Croft answers how it is.",
        Reserved::Admin => "Croft leads to the dashboard.",
    }
}
