//! The first thing a new installation answers (D3).

use croft_model::{
    host::HostLabel,
    permissions::Role,
    project::{Project, State},
};
use croft_store::{Purpose, function_routes::Route, functions::NewVersion, teams::Team};

use crate::{App, Error, Result};

/// What `GET /hello` answers.
const HELLO: &str = "\"Hello, World!\\n\"\n";

/// Makes the default project with its Hello World, once in an installation's life: it belongs to
/// the first account's team, so this waits until there is one.
pub async fn seed(app: &App) -> Result<()> {
    let mut tx = app.store.system(Purpose::Start).await?;
    let installation = tx.installation().await?;
    if installation.is_none_or(|i| i.default_project.is_some()) {
        return Ok(());
    }
    let team =
        Team { id: app.id(), name: "Croft".parse()?, personal_of: None, created_at: app.now() };
    tx.add_team(&team).await?;
    let project = Project {
        id: app.id(),
        team_id: team.id,
        name: "Default".parse()?,
        slug: "default".parse()?,
        label: HostLabel::from_random(app.entropy.bytes()),
        state: State::Active,
        created_at: app.now(),
        version: 1,
    };
    tx.add_project(&project).await?;
    let name = "hello".parse()?;
    let version = NewVersion {
        function: app.id(),
        version: app.id(),
        name: &name,
        source: HELLO,
        at: app.now(),
        by: None,
    };
    let (function, _) = tx.add_version(team.id, project.id, &version).await?;
    let route = Route { id: app.id(), pattern: "GET /hello".parse()? };
    tx.set_routes(team.id, project.id, function, &[route]).await?;
    tx.set_default_project(project.id).await?;
    Ok(tx.commit().await?)
}

/// Gives the default project's team to the first account.
pub(crate) async fn adopt(
    app: &App,
    tx: &mut croft_store::Tx<croft_store::System>,
    user: croft_model::id::UserId,
) -> Result<()> {
    let Some(default) = tx.installation().await?.and_then(|i| i.default_project) else {
        return Ok(());
    };
    let project = tx.project(default).await?;
    let project = project.ok_or_else(|| Error::Internal("the default project is gone".into()))?;
    let owner = croft_store::teams::NewMember {
        team: project.team_id,
        user,
        role: Role::Owner,
        since: app.now(),
        until: None,
    };
    Ok(tx.add_member(&owner).await?)
}
