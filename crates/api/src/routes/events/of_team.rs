//! What happened in a team.

use axum::{extract::State, response::Response};
use croft_app::{App, events};
use croft_model::id::TeamId;
use croft_sdk::{events::Event, page::Page};

use super::{EventsQuery, Wanted};
use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
    gate::Gate,
};

/// What happened in a team and to its projects as a whole, newest first; or with `follow` what
/// happens, as it happens.
///
/// A stream sends each event under its kind with its sequence as id. It begins after `after`, or
/// with what happens next; it resumes by `Last-Event-ID`, and ends within five seconds of the right
/// to it.
#[utoipa::path(
    get,
    path = "/teams/{team}/events",
    operation_id = "team_event_list",
    tag = "events",
    params(("team" = TeamId, Path, description = "The team's id."), EventsQuery),
    responses((status = 200, content(
        (Page<Event> = "application/json"),
        (String = "text/event-stream"),
    ))),
    extensions(("x-permission" = json!("team.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    State(gate): State<Gate>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    wanted: Wanted,
) -> Result<Response> {
    let events = events::of_team(&app, &caller, team).await?;
    super::answer(app, &gate, caller, events, wanted).await
}
