//! Calling a function by its id, without a route: it runs as by one, with production's variables
//! and secrets, within the same bounds, and is written down in the same log.

use std::{net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use croft_model::{
    access::Place,
    function::{Budget, OutcomeKind, Trigger},
    host::Hostname,
    id::{FunctionId, TeamId},
    permissions::Permission,
    project::State,
    route::{Match, RoutePattern, Tree},
};
use croft_ports::{
    function_invoker::{
        Call, CallRequest, CallResponse, Done, FunctionEnvironment, LogLine, Outcome, ScriptError,
    },
    invocation_log::Unfinished,
    route_source::FunctionTarget,
};

use super::deploy::check_text;
use crate::{
    App, Caller, Error, Origin, Result, authorize,
    projects::{ProjectRef, load_with},
};

/// The longest a call by the API may take, whatever its team's limits say: the API answers within
/// 30 seconds.
const LONGEST_MS: u64 = 25_000;

/// A function that its caller may call, with all that a call needs.
#[derive(Debug)]
pub struct Ready {
    team: TeamId,
    project: croft_model::id::ProjectId,
    host: Hostname,
    target: FunctionTarget,
    budget: Budget,
    environment: Arc<FunctionEnvironment>,
    /// The function's own routes, by which a path's parameters are told.
    routes: Tree<()>,
    origin: Origin,
}

/// What a function is asked.
#[derive(Debug)]
pub struct Asked {
    /// The method, in capitals.
    pub method: String,
    /// The path, percent-encoded, with its first slash.
    pub path: String,
    /// What follows the `?`; empty when there is none.
    pub query: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// A call that ended.
#[derive(Debug)]
pub struct Called {
    /// The HTTP status it is answered with.
    pub status: u16,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// What the function answered, if it did.
    pub answer: Option<CallResponse>,
    /// What went wrong, for members.
    pub error: Option<ScriptError>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// The function of that id with its active version. One of a deleted project is not found.
pub async fn ready(app: &App, caller: &Caller, function: FunctionId) -> Result<Ready> {
    let unseen = || Error::not_found("function", function);
    let mut tx = app.store.teams(&caller.principal.visible_teams()).await?;
    let project = tx.project_of_function(function).await?.ok_or_else(unseen)?;
    tx.commit().await?;
    let asked = ProjectRef::Id(project);
    let (mut tx, project, _) = load_with(app, caller, &asked, Permission::FunctionsCall)
        .await
        .map_err(|error| if matches!(error, Error::NotFound(_)) { unseen() } else { error })?;
    if !matches!(project.state, State::Active) {
        return Err(unseen());
    }
    let target = tx.function_target(function).await?.ok_or_else(unseen)?;
    let (_, limits) = tx.team_limits(project.team_id).await?.ok_or_else(unseen)?;
    let environment = tx.production(&[project.id.uuid()]).await?.remove(&project.id.uuid());
    let routes = tx.routes(project.id).await?.into_iter().filter(|r| r.function == function);
    let routes = routes.map(|r| (RoutePattern { host: None, ..r.route.pattern }, ())).collect();
    tx.commit().await?;
    let mut budget = Budget::from_limits(&limits);
    budget.time_ms = budget.time_ms.min(LONGEST_MS);
    Ok(Ready {
        team: project.team_id,
        project: project.id,
        host: app.installation.project_host(&project.label).parse()?,
        target,
        budget,
        environment: environment.transpose()?.unwrap_or_default(),
        routes,
        origin: caller.origin,
    })
}

/// The same function with a text that is not deployed, to be tried once. Takes the right to deploy.
pub fn unsaved(app: &App, caller: &Caller, ready: Ready, source: &str) -> Result<Ready> {
    let place = Place::Project(ready.team, ready.project);
    let _grant = authorize(caller, Permission::FunctionsWrite, place)?;
    check_text(source)?;
    // An id of its own: executors keep compiled texts by it.
    let target = FunctionTarget { version: app.id(), source: source.into(), ..ready.target };
    Ok(Ready { target, ..ready })
}

/// Makes the call, waits for its end and writes it down.
pub async fn call(app: &App, ready: Ready, asked: Asked, trigger: Trigger) -> Called {
    let (team, origin, at) = (ready.team, ready.origin, app.now());
    // As if it had come by one of the function's own routes, if one of them takes it.
    let params = match ready.routes.find(&ready.host, &asked.method, &asked.path) {
        Match::Found(found) => found.params,
        Match::MethodNotAllowed { .. } | Match::NotFound => Vec::new(),
    };
    let call = Call {
        project: ready.project,
        function: ready.target.function,
        name: ready.target.name,
        version: ready.target.version,
        source: ready.target.source,
        budget: ready.budget,
        environment: ready.environment,
        request: CallRequest {
            id: origin.request.unwrap_or_else(|| app.id()),
            method: asked.method,
            host: ready.host.into(),
            path: asked.path,
            query: asked.query,
            params,
            host_params: Vec::new(),
            headers: asked.headers,
            body: asked.body,
            client: origin.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
        },
    };
    let (function, request) = (call.function, call.request.id);
    let record = Unfinished::new(&*app.calls, team, trigger, &call, at);
    let Done { outcome, log, duration_us } = app.functions.invoke(call).await;
    if let Outcome::Unavailable(why) = &outcome {
        tracing::warn!(function.id = %function, request.id = %request, why,
            "a function cannot be run");
    }
    // An answer that cannot be sent is an error of the function's.
    let outcome = match outcome {
        Outcome::Returned(answer) => match answer.fault() {
            None => Outcome::Returned(answer),
            Some(why) => Outcome::Threw(ScriptError::of(why)),
        },
        other => other,
    };
    let (status, kind) = (outcome.status(), outcome.kind());
    let error = outcome.problem(ready.budget.time_ms);
    record.finish(status, kind, duration_us, error.clone(), log.clone());
    let answer = match outcome {
        Outcome::Returned(answer) => Some(answer),
        _ => None,
    };
    Called { status, outcome: kind, answer, error, log, duration_us }
}
