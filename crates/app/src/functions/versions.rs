//! The texts a function has had: seeing them, comparing them, going back to one.

use std::time::Duration;

use croft_model::{
    event::EventKind, id::FunctionId, name::FunctionName, permissions::Permission, project::Project,
};
use croft_store::{Team, Tx, functions::Version};
use serde_json::json;
use similar::TextDiff;

use super::{
    Placed,
    deploy::{one, record},
};
use crate::{
    App, Caller, Error, Result,
    journal::Change,
    projects::{ProjectRef, load},
};

/// How long two texts are compared for the shortest difference; after that a longer one will do.
/// Short, since texts can be made so that none is found and one may ask many times a minute.
const COMPARING: Duration = Duration::from_millis(50);

/// A function's versions, newest first, without their texts.
pub async fn versions(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
) -> Result<Vec<Version>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let function = one(app, &mut tx, &project, name).await?.function;
    let versions = tx.versions(function.id, None).await?;
    tx.commit().await?;
    Ok(versions)
}

/// One version with its text.
pub async fn version(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
    number: i64,
) -> Result<Version> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let function = one(app, &mut tx, &project, name).await?.function;
    let version = numbered(&mut tx, &project, name, function.id, number).await?;
    tx.commit().await?;
    Ok(version)
}

/// A change from one version to another, as a unified diff.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The number of the version before.
    pub from: i64,
    /// The number of the version after.
    pub to: i64,
    /// The change; empty when the texts are the same.
    pub unified: String,
}

/// What version `to` changed, compared with `from`, or with the one before it.
pub async fn diff(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
    from: Option<i64>,
    to: i64,
) -> Result<Difference> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let function = one(app, &mut tx, &project, name).await?.function;
    let after = numbered(&mut tx, &project, name, function.id, to).await?;
    let from = match from {
        Some(from) => from,
        // The newest of those before it that is kept; the first one is compared with nothing.
        None => {
            let kept = tx.versions(function.id, None).await?;
            kept.iter().map(|v| v.number).find(|number| *number < to).unwrap_or(0)
        }
    };
    let before = match from {
        0 => String::new(),
        from => {
            let before = numbered(&mut tx, &project, name, function.id, from).await?;
            before.source.unwrap_or_default()
        }
    };
    tx.commit().await?;
    let after = after.source.unwrap_or_default();
    // Comparing takes the processor for a while: not on a thread that serves.
    let compare = move || {
        let lines = TextDiff::configure().timeout(COMPARING).diff_lines(&before, &after);
        let (from, to) = (format!("version {from}"), format!("version {to}"));
        lines.unified_diff().header(&from, &to).to_string()
    };
    let unified = tokio::task::spawn_blocking(compare).await;
    let unified = unified.map_err(|error| Error::Internal(error.into()))?;
    Ok(Difference { from, to, unified })
}

/// Makes a version the active one, an older one too: the next call runs it.
pub async fn activate(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
    number: i64,
) -> Result<Placed> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsWrite).await?;
    let before = one(app, &mut tx, &project, name).await?.function;
    let version = numbered(&mut tx, &project, name, before.id, number).await?;
    if !version.active {
        tx.activate_version(project.id, before.id, version.id).await?;
        let change = Change {
            action: "function.activate",
            subject: before.id.to_string(),
            before: Some(json!({ "version": before.number })),
            after: Some(json!({ "project": project.id, "name": name, "version": number })),
        };
        record(app, &mut tx, caller, &project, EventKind::FunctionDeployed, change).await?;
    }
    let function = one(app, &mut tx, &project, name).await?;
    tx.commit_in_force().await?;
    Ok(function)
}

async fn numbered(
    tx: &mut Tx<Team>,
    project: &Project,
    name: &FunctionName,
    function: FunctionId,
    number: i64,
) -> Result<Version> {
    tx.versions(function, Some(number)).await?.pop().ok_or_else(|| {
        Error::NotFound(format!(
            "`{name}` of `{}` has no version {number} (any more): croft function versions {name}",
            project.slug
        ))
    })
}
