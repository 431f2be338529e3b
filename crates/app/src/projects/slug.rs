//! Changing a project's slug, in two steps and never one: asking what it would mean, then doing it
//! (D9). The old slug redirects for ever, unless a project of the same team takes it over.

use croft_model::{
    access::Place, event::EventKind, name::Slug, permissions::Permission, project::Project,
};
use croft_store::{Purpose, projects::SlugHolder};
use serde_json::json;

use super::{
    ProjectRef,
    create::{seen, taken},
    load,
};
use crate::{
    App, Caller, Error, Result, Seen, authorize,
    journal::{Change, Shows, audit, event},
};

/// How a slug stands to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlugState {
    /// Nobody has or had it.
    Free,
    /// It is the project's own, now or before.
    Own,
    /// A project of the same team had it; its old addresses lead there.
    Redirects,
    /// Somebody has it.
    Taken,
}

/// What a new slug would mean.
#[derive(Debug, Clone)]
pub struct SlugCheck {
    /// How it stands.
    pub state: SlugState,
    /// In words.
    pub explanation: String,
}

/// Tells what giving the project this slug would mean.
pub async fn check_slug(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    slug: &Slug,
) -> Result<SlugCheck> {
    let (tx, project, _) = load(app, caller, asked, Permission::ProjectUpdate).await?;
    tx.commit().await?;
    judge(app, &project, slug).await
}

async fn judge(app: &App, project: &Project, slug: &Slug) -> Result<SlugCheck> {
    let mut tx = app.store.system(Purpose::Uniqueness).await?;
    let holder = tx.slug_holder(slug).await?;
    tx.commit().await?;
    let old = &project.slug;
    let (state, explanation) = match holder {
        _ if slug == old => (SlugState::Own, format!("`{slug}` is its slug already.")),
        None => (SlugState::Free, format!("`{slug}` is free. `{old}` will redirect to it.")),
        Some(SlugHolder::Redirect(id, _)) if id == project.id => {
            (SlugState::Own, format!("`{slug}` was its slug before. `{old}` will redirect to it."))
        }
        Some(SlugHolder::Redirect(_, team)) if team == project.team_id => (
            SlugState::Redirects,
            format!(
                "`{slug}` redirects to another project of your team. Taking it over ends that."
            ),
        ),
        Some(SlugHolder::Project(_) | SlugHolder::Redirect(..)) => {
            (SlugState::Taken, format!("`{slug}` is taken. Choose another."))
        }
    };
    Ok(SlugCheck { state, explanation })
}

/// Gives the project a new slug. `force` takes over one that redirects elsewhere in the team, which
/// needs the right to delete projects, since addresses stop leading where they led.
pub async fn change_slug(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    slug: Slug,
    force: bool,
) -> Result<Seen<Project>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::ProjectUpdate).await?;
    let check = judge(app, &project, &slug).await?;
    match check.state {
        SlugState::Own if slug == project.slug => return Ok(seen(caller, project)),
        SlugState::Own | SlugState::Free => {}
        SlugState::Redirects if force => {
            let place = Place::Project(project.team_id, project.id);
            let _grant = authorize(caller, Permission::ProjectDelete, place)?;
        }
        SlugState::Redirects => {
            return Err(Error::Conflict(format!(
                "{} Repeat with `force` to do so.",
                check.explanation
            )));
        }
        SlugState::Taken => return Err(Error::Conflict(check.explanation)),
    }
    let old = project.slug.clone();
    let project = Project { slug: slug.clone(), ..project };
    // The old one stays written down and redirects; the new one is free, or one of the team's own.
    if !tx.take_slug(&project, app.now()).await? {
        tx.add_slug(&project, app.now()).await.map_err(|error| taken(error, &slug))?;
    }
    let project = tx.save_project(project).await.map_err(|error| taken(error, &slug))?;
    let change = Change {
        action: "project.change_slug",
        subject: project.id.to_string(),
        before: Some(json!({ "slug": old })),
        after: Some(json!({ "slug": slug, "taken_over": check.state == SlugState::Redirects })),
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Both(project.team_id, project.id);
    let payload = json!({ "name": project.name, "slug": project.slug });
    event(app, &mut tx, caller, shows, EventKind::ProjectRenamed, project.id.to_string(), payload)
        .await?;
    tx.commit().await?;
    Ok(seen(caller, project))
}
