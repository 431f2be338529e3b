//! Routes: seeing, adding and removing them, and saying beforehand what they would do.

use croft_model::{
    domain::{DEFAULT_HOST, HostPattern},
    event::EventKind,
    host::Hostname,
    id::RouteId,
    limits::check_room,
    name::FunctionName,
    permissions::Permission,
    project::Project,
    route::{self, Outcome, Reserved, RoutePattern, Side},
};
use croft_store::{
    Purpose,
    function_routes::{FunctionRoute, Route},
};
use serde_json::json;

use super::deploy::{conflict, one, record};
use crate::{
    App, Caller, Error, Result,
    domains::{Hosts, RouteProblem, is_default},
    journal::Change,
    projects::{ProjectRef, load},
};

/// A route, what it leads to, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leading {
    /// The route.
    pub route: Route,
    /// The function's name.
    pub function: FunctionName,
    /// Where it answers, with the names of parameters as they are written.
    pub url: String,
}

impl Leading {
    fn of(app: &App, project: &Project, found: FunctionRoute) -> Self {
        let url = url(app, project, &found.route.pattern);
        Self { route: found.route, function: found.name, url }
    }
}

/// Where a route of a project answers.
pub(super) fn url(app: &App, project: &Project, route: &RoutePattern) -> String {
    let origin = match &route.host {
        Some(host) => app.installation.origin(&host.to_string()),
        None => app.installation.project_origin(&project.label),
    };
    format!("{origin}{}", route.path)
}

/// A project's routes, by path.
pub async fn routes(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Vec<Leading>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let routes = tx.routes(project.id).await?;
    tx.commit().await?;
    Ok(routes.into_iter().map(|route| Leading::of(app, &project, route)).collect())
}

/// Leads a route to a function. One that leads there already is given as it is.
pub async fn add_route(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
    pattern: RoutePattern,
) -> Result<Leading> {
    let (tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    tx.commit().await?;
    let is_default = is_default(app, project.id).await?;
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    let limits = tx.lock_team(project.team_id).await?;
    let limits = limits.ok_or_else(|| Error::not_found("project", asked))?;
    let function = one(app, &mut tx, &project, name).await?.function;
    let hosts = Hosts::of(app, &mut tx, &project, is_default).await?;
    if let Some(problem) = hosts.problem(&pattern) {
        return Err(Error::invalid("route", problem.message));
    }
    let routes = tx.routes(project.id).await?;
    let key = pattern.conflict_key();
    if let Some(there) = routes.iter().find(|r| r.route.pattern.conflict_key() == key) {
        if there.function == function.id {
            return Ok(Leading::of(app, &project, there.clone()));
        }
        return Err(Error::Conflict(leads_elsewhere(there).message));
    }
    check_room("routes", routes.len() as u64, limits.routes)?;
    let route = Route { id: app.id(), pattern };
    tx.add_route(project.team_id, project.id, function.id, &route).await.map_err(conflict)?;
    let change = Change {
        action: "route.add",
        subject: route.id.to_string(),
        before: None,
        after: Some(shown(&project, name, &route)),
    };
    record(app, &mut tx, caller, &project, EventKind::RouteAdded, change).await?;
    tx.commit_in_force().await?;
    let added = FunctionRoute { route, function: function.id, name: name.clone() };
    Ok(Leading::of(app, &project, added))
}

fn shown(project: &Project, name: &FunctionName, route: &Route) -> serde_json::Value {
    json!({ "project": project.id, "name": name, "route": route.pattern.to_string() })
}

/// Removes a route: what it took is answered by another one that fits, or not found.
pub async fn remove_route(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    id: RouteId,
) -> Result<()> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    let found = tx.routes(project.id).await?.into_iter().find(|found| found.route.id == id);
    let missing = || {
        Error::NotFound(format!("`{}` has no route `{id}`; see: croft route list", project.slug))
    };
    let found = found.ok_or_else(missing)?;
    if !tx.remove_route(project.id, id).await? {
        return Err(missing());
    }
    let change = Change {
        action: "route.remove",
        subject: id.to_string(),
        before: Some(shown(&project, &found.name, &found.route)),
        after: None,
    };
    record(app, &mut tx, caller, &project, EventKind::RouteRemoved, change).await?;
    Ok(tx.commit_in_force().await?)
}

/// What a route would do, if it were one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCheck {
    /// Why it cannot be; nothing when it can.
    pub problems: Vec<RouteProblem>,
    /// The claim without whose proof it leads nowhere yet.
    pub pending: Option<HostPattern>,
    /// Routes that could answer some of the same requests, and which of the two does.
    pub overlaps: Vec<(Leading, Side)>,
}

/// Says whether a project could have a route, and what would come of it. Nothing changes.
pub async fn check_route(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    pattern: &RoutePattern,
) -> Result<RouteCheck> {
    let (hosts, project, routes) = reading(app, caller, asked).await?;
    let patterns = || routes.iter().map(|there| &there.route.pattern);
    let the = |pattern: &RoutePattern| routes.iter().find(|r| r.route.pattern == *pattern);
    let taken = route::conflict(pattern, patterns()).and_then(the).map(leads_elsewhere);
    let overlaps = route::overlaps(pattern, patterns()).into_iter().filter_map(|overlap| {
        Some((Leading::of(app, &project, the(overlap.route)?.clone()), overlap.wins))
    });
    Ok(RouteCheck {
        problems: hosts.problem(pattern).into_iter().chain(taken).collect(),
        pending: pattern
            .host
            .as_ref()
            .and_then(|host| hosts.pending(host))
            .map(|c| c.pattern.clone()),
        overlaps: overlaps.collect(),
    })
}

fn leads_elsewhere(there: &FunctionRoute) -> RouteProblem {
    let message = format!(
        "`{}` leads to the function `{}` already and takes the same requests; choose another path, or remove it: croft route remove {}",
        there.route.pattern, there.name, there.route.id
    );
    RouteProblem { code: "conflict", message }
}

/// A request that nobody has made.
#[derive(Debug, Clone)]
pub struct Imagined {
    /// Its method, in capitals.
    pub method: String,
    /// The host asked; the project's own when left out.
    pub host: Option<Hostname>,
    /// Its percent-encoded path.
    pub path: String,
}

/// Where a request would lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// To a function.
    Function {
        /// By which route.
        leading: Box<Leading>,
        /// Path parameters: name and value.
        params: Vec<(String, String)>,
        /// What a host pattern captured: name and label.
        host_param: Option<(String, String)>,
    },
    /// The path has routes, for these methods only.
    MethodNotAllowed(Vec<String>),
    /// The host is the project's, and no route fits.
    NotFound,
    /// To Croft itself.
    Reserved(Reserved),
    /// Not to this project: it claims the host, which is not proven to be its own.
    Pending(HostPattern),
    /// Not to this project.
    OtherHost,
}

/// Where a request would lead, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// The host that it is about.
    pub host: Hostname,
    /// Where.
    pub lead: Lead,
    /// What was tried on the way, a sentence each.
    pub steps: Vec<String>,
}

/// Says where a request would lead, by what the edge decides by.
pub async fn lead(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    request: Imagined,
) -> Result<Led> {
    let (hosts, project, routes) = reading(app, caller, asked).await?;
    let host = match request.host {
        Some(host) => host,
        None => app.installation.project_host(&project.label).parse()?,
    };
    let mut steps = Vec::new();
    let captured = if hosts.is_own(&host) {
        steps.push(format!("{host} is the project's own host."));
        None
    } else {
        let mut tx = app.store.system(Purpose::Uniqueness).await?;
        let owner = tx.host_owner(host.as_str()).await?;
        tx.commit().await?;
        let Some((_, pattern)) = owner.filter(|(owner, _)| *owner == project.id) else {
            let claim = hosts.pending(&HostPattern::Exact(host.clone()));
            let lead = claim.map_or(Lead::OtherHost, |c| Lead::Pending(c.pattern.clone()));
            steps.push(format!("No host of the project's is {host}."));
            return Ok(Led { host, lead, steps });
        };
        steps.push(format!("{host} is the project's by its domain {pattern}."));
        match &pattern {
            HostPattern::Captured { param, .. } => Some((param.clone(), first_label(&host))),
            HostPattern::Exact(_) | HostPattern::Wildcard(_) => None,
        }
    };
    let is_default_host = hosts.keeps_paths() && host.as_str() == DEFAULT_HOST;
    if let Some(whose) = route::reserved(&request.path, is_default_host) {
        steps.push(format!("{} is Croft's own on that host.", request.path));
        return Ok(Led { host, lead: Lead::Reserved(whose), steps });
    }
    let patterns: Vec<RoutePattern> = routes.iter().map(|r| r.route.pattern.clone()).collect();
    let explained = route::explain(&patterns, &host, &request.method, &request.path);
    steps.extend(explained.steps.iter().map(ToString::to_string));
    let lead = match explained.outcome {
        Outcome::MethodNotAllowed(allow) => Lead::MethodNotAllowed(allow),
        Outcome::NotFound => Lead::NotFound,
        Outcome::Route { index, params, host_param } => Lead::Function {
            leading: Box::new(Leading::of(app, &project, routes[index].clone())),
            params,
            // A route's own pattern knows best.
            host_param: host_param.or(captured),
        },
    };
    Ok(Led { host, lead, steps })
}

fn first_label(host: &Hostname) -> String {
    host.as_str().split('.').next().unwrap_or_default().to_owned()
}

/// What saying something about routes beforehand needs.
async fn reading(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
) -> Result<(Hosts, Project, Vec<FunctionRoute>)> {
    let (tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    tx.commit().await?;
    let is_default = is_default(app, project.id).await?;
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let hosts = Hosts::of(app, &mut tx, &project, is_default).await?;
    let routes = tx.routes(project.id).await?;
    tx.commit().await?;
    Ok((hosts, project, routes))
}
