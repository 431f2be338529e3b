//! Entering a team's rows with a permission.

use croft_model::{access::Place, id::TeamId, permissions::Permission};
use croft_store::{Team, Tx};

use crate::{App, Caller, Error, Grant, Result, authorize};

/// The open transaction and the grant; a team one is not in does not exist.
pub(crate) async fn in_team(
    app: &App,
    caller: &Caller,
    team: TeamId,
    permission: Permission,
) -> Result<(Tx<Team>, Grant)> {
    let grant = authorize(caller, permission, Place::Team(team)).map_err(|e| {
        if matches!(e, Error::NotFound(_)) { Error::not_found("team", team) } else { e }
    })?;
    Ok((app.store.team(team).await?, grant))
}
