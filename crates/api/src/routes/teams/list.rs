//! Seeing one's teams.

use axum::extract::State;
use croft_app::{App, Listed, teams};
use croft_sdk::{page::Page, teams::Team};

use crate::{auth::Authenticated, body::Json, error::Result, page};

/// One's teams, the personal one first, all of them.
///
/// A token sees the one team it is for.
#[utoipa::path(
    get,
    path = "/teams",
    operation_id = "team_list",
    tag = "teams",
    responses((status = 200, body = Page<Team>)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
) -> Result<Json<Page<Team>>> {
    let own = teams::list(&app, &caller).await?;
    let own: Result<Vec<_>> = own.into_iter().map(|team| super::answer(&caller, team)).collect();
    Ok(page::answer(Listed::all(own?), |team| team))
}
