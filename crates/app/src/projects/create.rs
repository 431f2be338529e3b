//! Making a project.

use croft_model::{
    access::Place,
    event::EventKind,
    host::HostLabel,
    id::TeamId,
    limits::check_room,
    name::{Name, Slug},
    permissions::Permission,
    project::{Project, State},
};
use croft_store::{
    Purpose,
    idempotency::{Attempt, Before},
};
use serde_json::json;

use crate::{
    App, Caller, Error, IdempotencyKey, Result, Seen, authorize,
    journal::{Change, Shows, audit, event},
};

/// What a project is made from.
#[derive(Debug)]
pub struct NewProject {
    /// The team; the personal one when left out.
    pub team: Option<TeamId>,
    /// What to call it.
    pub name: Name,
    /// Its slug; made from the name when left out.
    pub slug: Option<Slug>,
}

/// Makes a project. No database and nothing else comes with it (A25).
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewProject,
    key: Option<IdempotencyKey>,
) -> Result<Seen<Project>> {
    let team = new.team.or_else(|| caller.principal.visible_teams().first().copied());
    let team = team.ok_or_else(|| Error::invalid("team_id", "you are in no team: name one"))?;
    let _grant = authorize(caller, Permission::ProjectCreate, Place::Team(team)).map_err(|e| {
        if matches!(e, Error::NotFound(_)) { Error::not_found("team", team) } else { e }
    })?;
    let slug = match new.slug {
        Some(slug) => slug,
        None => free_slug(app, &new.name).await?,
    };
    let project = Project {
        id: app.id(),
        team_id: team,
        name: new.name,
        slug,
        label: HostLabel::from_random(app.entropy.bytes()),
        state: State::Active,
        created_at: app.now(),
        version: 1,
    };
    let mut tx = app.store.team(team).await?;
    let limits = tx.lock_team(team).await?.ok_or_else(|| Error::not_found("team", team))?;
    if let Some(key) = &key {
        let user = caller.principal.user;
        let attempt = Attempt { user, key: &key.key, fingerprint: &key.fingerprint, team };
        match tx.attempt(attempt, project.id.uuid(), app.now()).await? {
            Before::Nothing => {}
            Before::Made(id) => {
                let made = tx.project(croft_model::Id::from_uuid(id)).await?;
                let made =
                    made.ok_or_else(|| Error::Conflict("what this key made is gone".into()))?;
                return Ok(seen(caller, made));
            }
            Before::Another => return Err(crate::listing::key_used()),
        }
    }
    check_room("projects", tx.team_used(team, app.now()).await?.projects, limits.projects)?;
    tx.add_project(&project).await.map_err(|error| taken(error, &project.slug))?;
    let change = Change {
        action: "project.create",
        subject: project.id.to_string(),
        before: None,
        after: Some(json!({ "name": project.name, "slug": project.slug })),
    };
    audit(app, &mut tx, caller, Some(team), change).await?;
    let shows = Shows::Both(team, project.id);
    let payload = json!({ "name": project.name, "slug": project.slug });
    event(app, &mut tx, caller, shows, EventKind::ProjectCreated, project.id.to_string(), payload)
        .await?;
    tx.commit().await?;
    Ok(seen(caller, project))
}

/// The slug the name suggests, with random letters behind it when somebody has it.
async fn free_slug(app: &App, name: &Name) -> Result<Slug> {
    let random: [u8; 8] = app.entropy.bytes();
    let label = HostLabel::from_random(random);
    let Some(slug) = Slug::suggest(name.as_str()) else {
        return Ok(format!("project-{}", &label.as_str()[..6]).parse()?);
    };
    let mut tx = app.store.system(Purpose::Uniqueness).await?;
    let holder = tx.slug_holder(&slug).await?;
    tx.commit().await?;
    if holder.is_none() {
        return Ok(slug);
    }
    let stem = slug.as_str().get(..33).unwrap_or(slug.as_str()).trim_end_matches('-');
    Ok(format!("{stem}-{}", &label.as_str()[..6]).parse()?)
}

pub(super) fn taken(error: croft_store::Error, slug: &Slug) -> Error {
    if error.is_constraint("slugs_pkey") || error.is_constraint("projects_slug_key") {
        Error::Conflict(format!("the slug `{slug}` is taken; choose another"))
    } else {
        error.into()
    }
}

pub(super) fn seen(caller: &Caller, project: Project) -> Seen<Project> {
    let place = Place::Project(project.team_id, project.id);
    Seen { allowed: caller.principal.allowed_actions(place), thing: project }
}
