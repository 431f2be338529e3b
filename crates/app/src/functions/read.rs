//! Seeing functions.

use croft_model::{name::FunctionName, permissions::Permission};

use super::{Placed, deploy::one};
use crate::{
    App, Caller, Result,
    projects::{ProjectRef, load},
};

/// A project's functions, by name, without their texts.
pub async fn list(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Vec<Placed>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let functions = tx.functions(project.id, None).await?;
    tx.commit().await?;
    Ok(functions.into_iter().map(|f| Placed::of(app, &project, f)).collect())
}

/// One function.
pub async fn get(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: &FunctionName,
) -> Result<Placed> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::FunctionsRead).await?;
    let function = one(app, &mut tx, &project, name).await?;
    tx.commit().await?;
    Ok(function)
}
