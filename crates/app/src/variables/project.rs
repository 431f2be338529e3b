//! Variables and secrets of a project's environment.

use croft_model::{
    event::EventKind,
    limits::check_room,
    name::EnvKey,
    permissions::Permission,
    project::Environment,
    variable::{Category, check_value},
};
use croft_store::variables::{NewVariable, Variable};
use serde_json::json;

use crate::{
    App, Caller, Error, Listed, Page, Result,
    journal::{Change, Shows, audit, event},
    projects::{ProjectRef, load},
};

/// A value to be.
#[derive(Debug)]
pub struct NewValue {
    /// The value.
    pub value: String,
    /// Whether to keep it secret; as it was when left out.
    pub secret: Option<bool>,
    /// What it is about; as it was when left out.
    pub category: Option<Category>,
}

/// An environment's variables by name, without the values of secrets.
pub async fn list(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    environment: Environment,
    page: Page<EnvKey>,
) -> Result<Listed<Variable, EnvKey>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::VariablesRead).await?;
    let found = tx.variables(project.id, environment, page.named()).await?;
    tx.commit().await?;
    Ok(Listed::named(found, |variable| variable.key.clone()))
}

/// Sets a variable, whether or not it was there.
pub async fn set(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    environment: Environment,
    key: EnvKey,
    new: NewValue,
) -> Result<Variable> {
    check_value(&new.value)?;
    let (mut tx, project, _) = load(app, caller, asked, Permission::VariablesWrite).await?;
    let limits = tx.lock_team(project.team_id).await?;
    let limits = limits.ok_or_else(|| Error::not_found("project", asked))?;
    let before = tx.variable_is_secret(project.id, environment, &key).await?;
    if before.is_none() {
        check_room(
            "variables",
            tx.count_variables(project.id, environment).await?,
            limits.variables,
        )?;
    }
    let (was_secret, was_category) = before.unwrap_or((false, Category::default()));
    let secret = new.secret.unwrap_or(was_secret);
    let category = new.category.unwrap_or(was_category);
    let row = NewVariable {
        id: app.id(),
        key: &key,
        value: &new.value,
        secret,
        category,
        at: app.now(),
        by: caller.principal.user,
    };
    let version = tx.set_variable(project.team_id, project.id, environment, &row).await?;
    let place = json!({
        "project": project.id, "environment": environment, "key": key,
        "secret": secret, "version": version,
    });
    let change = Change {
        action: "variable.set",
        subject: key.to_string(),
        before: before.map(|(secret, _)| json!({ "secret": secret })),
        after: Some(place),
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    // Viewers see that it changed, not what: names of variables are for developers.
    let (subject, payload) = (project.id.to_string(), json!({ "environment": environment }));
    event(app, &mut tx, caller, shows, EventKind::VariableSet, subject, payload).await?;
    let updated_at = app.now();
    tx.commit_in_force().await?;
    Ok(Variable {
        key,
        value: (!secret).then_some(new.value),
        category,
        version,
        updated_at,
        updated_by: Some(caller.principal.name.to_string()),
    })
}

/// Removes a variable.
pub async fn unset(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    environment: Environment,
    key: EnvKey,
) -> Result<()> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::VariablesWrite).await?;
    if !tx.remove_variable(project.id, environment, &key).await? {
        return Err(Error::NotFound(format!(
            "`{}` has no variable `{key}` in {}",
            project.slug,
            environment.as_str()
        )));
    }
    let place = json!({ "project": project.id, "environment": environment, "key": key });
    let change = Change {
        action: "variable.unset",
        subject: key.to_string(),
        before: Some(place),
        after: None,
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    let (subject, payload) = (project.id.to_string(), json!({ "environment": environment }));
    event(app, &mut tx, caller, shows, EventKind::VariableUnset, subject, payload).await?;
    Ok(tx.commit_in_force().await?)
}
