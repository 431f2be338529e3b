//! Renaming a project.

use croft_model::{event::EventKind, name::Name, permissions::Permission, project::Project};
use serde_json::json;

use super::{ProjectRef, create::seen, load};
use crate::{
    App, Caller, Result, Seen,
    journal::{Change, Shows, audit, event},
};

/// Changes what people call it; addresses stay.
pub async fn rename(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    name: Name,
) -> Result<Seen<Project>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::ProjectUpdate).await?;
    if project.name == name {
        return Ok(seen(caller, project));
    }
    let before = project.name.clone();
    let project = tx.save_project(Project { name, ..project }).await?;
    let change = Change {
        action: "project.rename",
        subject: project.id.to_string(),
        before: Some(json!({ "name": before })),
        after: Some(json!({ "name": project.name })),
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Both(project.team_id, project.id);
    let payload = json!({ "name": project.name, "slug": project.slug });
    event(app, &mut tx, caller, shows, EventKind::ProjectRenamed, project.id.to_string(), payload)
        .await?;
    tx.commit().await?;
    Ok(seen(caller, project))
}
