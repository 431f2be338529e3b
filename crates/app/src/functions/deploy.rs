//! Deploying and deleting functions.

use std::sync::Arc;

use croft_model::{
    event::EventKind,
    limits::{Limits, check_room},
    name::FunctionName,
    permissions::Permission,
    project::Project,
    route::RoutePattern,
};
use croft_ports::function_invoker::{CheckError, ScriptError};
use croft_store::{
    Team, Tx,
    function_routes::Route,
    functions::{Function, NewVersion},
};
use serde_json::json;

use super::routes::url;
use crate::{
    App, Caller, Error, Result,
    domains::{Hosts, is_default},
    journal::{Change, Shows, audit, event},
    projects::{ProjectRef, load},
};

/// A text to be the active version of a function.
#[derive(Debug)]
pub struct NewFunction {
    /// The function's name; it is made if the project has none of it.
    pub name: FunctionName,
    /// The text.
    pub source: String,
    /// Its routes from now on; those it has stay when left out.
    pub routes: Option<Vec<RoutePattern>>,
}

/// A function, and where it answers.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The function.
    pub function: Function,
    /// The address of its first route, with the names of its parameters as they are written; none
    /// when it has no route.
    pub url: Option<String>,
}

impl Placed {
    pub(super) fn of(app: &App, project: &Project, function: Function) -> Self {
        let url = function.routes.first().map(|route| url(app, project, &route.pattern));
        Self { function, url }
    }
}

/// Checks the text where functions run, then makes it the active version: calls see it at once.
pub async fn deploy(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    new: NewFunction,
) -> Result<Placed> {
    let (tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    tx.commit().await?;
    let source: Arc<str> = new.source.as_str().into();
    check_text(&source)?;
    let is_default = is_default(app, project.id).await?;
    // No transaction is open while another process looks at the text.
    app.functions.check(project.id, source).await.map_err(|e| refused(e, &new.source))?;

    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    let limits = tx.lock_team(project.team_id).await?;
    let limits = limits.ok_or_else(|| Error::not_found("project", asked))?;
    let (functions, routes) = tx.count_functions(project.id, &new.name).await?;
    check_room("functions", functions, limits.functions)?;
    let wanted = new.routes.as_ref().map_or(0, Vec::len) as u64;
    if wanted > 0 {
        check_room("routes", routes + wanted - 1, limits.routes)?;
    }
    let hosts = Hosts::of(app, &mut tx, &project, is_default).await?;
    let mut problems = new.routes.iter().flatten().filter_map(|route| hosts.problem(route));
    if let Some(problem) = problems.next() {
        return Err(Error::invalid("routes", problem.message));
    }
    let version = NewVersion {
        function: app.id(),
        version: app.id(),
        name: &new.name,
        source: &new.source,
        at: app.now(),
        by: Some(caller.principal.user),
    };
    let before = tx.functions(project.id, Some(&new.name)).await?.pop();
    let (id, number) = match before.filter(|f| f.source.as_ref() == Some(&new.source)) {
        // The same text again is no other version; its routes may be.
        Some(same) => (same.id, same.number),
        None => tx.add_version(project.team_id, project.id, &version).await?,
    };
    if let Some(routes) = new.routes {
        let routes: Vec<Route> =
            routes.into_iter().map(|pattern| Route { id: app.id(), pattern }).collect();
        tx.set_routes(project.team_id, project.id, id, &routes).await.map_err(conflict)?;
    }
    let change = Change {
        action: "function.deploy",
        subject: id.to_string(),
        before: None,
        after: Some(json!({ "project": project.id, "name": new.name, "version": number })),
    };
    record(app, &mut tx, caller, &project, EventKind::FunctionDeployed, change).await?;
    let function = one(app, &mut tx, &project, &new.name).await?;
    tx.commit_in_force().await?;
    Ok(function)
}

/// Writes a change of a function down, in the audit log and for streams.
pub(super) async fn record(
    app: &App,
    tx: &mut Tx<Team>,
    caller: &Caller,
    project: &Project,
    kind: EventKind,
    change: Change,
) -> Result<()> {
    let subject = change.subject.clone();
    let shown = change.after.as_ref().or(change.before.as_ref()).cloned().unwrap_or_default();
    audit(app, tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    event(app, tx, caller, shows, kind, subject, shown).await?;
    Ok(())
}

/// What keeps a text from being deployed: nothing, or where it does not compile. Takes the right to
/// deploy, since looking at a text costs a process's time.
pub async fn check(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    source: String,
) -> Result<Option<ScriptError>> {
    let (tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    tx.commit().await?;
    check_text(&source)?;
    match app.functions.check(project.id, source.into()).await {
        Ok(()) => Ok(None),
        Err(CheckError::Script(error)) => Ok(Some(error)),
        Err(error @ CheckError::Unavailable(_)) => Err(Error::Unavailable(Box::new(error))),
    }
}

/// What no team may have more of is refused before anyone looks at it.
pub(super) fn check_text(source: &str) -> Result<()> {
    if source.contains('\0') {
        return Err(Error::invalid("source", "must not contain a NUL character"));
    }
    if source.len() as u64 > Limits::default().function_source_bytes {
        return Err(Error::invalid("source", "at most 256 KiB"));
    }
    Ok(())
}

/// Deletes a function with its versions, routes and log.
pub async fn remove(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
) -> Result<()> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    let id = tx.remove_function(project.id, name).await?;
    let id =
        id.ok_or_else(|| Error::NotFound(format!("`{}` has no function `{name}`", project.slug)))?;
    let change = Change {
        action: "function.delete",
        subject: id.to_string(),
        before: Some(json!({ "project": project.id, "name": name })),
        after: None,
    };
    record(app, &mut tx, caller, &project, EventKind::FunctionDeleted, change).await?;
    Ok(tx.commit_in_force().await?)
}

/// The function of that name.
pub(super) async fn one(
    app: &App,
    tx: &mut Tx<Team>,
    project: &Project,
    name: &FunctionName,
) -> Result<Placed> {
    let found = tx.functions(project.id, Some(name)).await?.pop();
    let found = found
        .ok_or_else(|| Error::NotFound(format!("`{}` has no function `{name}`", project.slug)))?;
    Ok(Placed::of(app, project, found))
}

fn refused(error: CheckError, source: &str) -> Error {
    match error {
        CheckError::Script(script) => {
            let place = match (script.line, script.column) {
                (Some(line), Some(column)) => format!("line {line}, column {column}: "),
                (Some(line), None) => format!("line {line}: "),
                (None, _) => String::new(),
            };
            let line = line_of(source, script.line);
            let line = line.map(|text| format!(" in `{}`", text.trim())).unwrap_or_default();
            Error::invalid("source", format!("{place}{}{line}", script.message))
        }
        CheckError::Unavailable(_) => Error::Unavailable(Box::new(error)),
    }
}

/// A line of a text, from 1, cut to 200 characters; nothing when there is none to show.
pub fn line_of(source: &str, line: Option<u32>) -> Option<String> {
    let at = usize::try_from(line?).ok()?.checked_sub(1)?;
    let text: String = source.lines().nth(at)?.chars().take(200).collect();
    (!text.trim().is_empty()).then_some(text)
}

pub(super) fn conflict(error: croft_store::Error) -> Error {
    if error.is_constraint("routes_conflict_key") {
        Error::Conflict(
            "one of these routes leads to another function already, or stands here twice: choose another path, or move it".into(),
        )
    } else {
        error.into()
    }
}
