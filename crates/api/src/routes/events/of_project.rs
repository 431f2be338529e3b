//! What happened in a project.

use axum::{extract::State, response::Response};
use croft_app::{App, events, projects::ProjectRef};
use croft_sdk::{events::Event, page::Page};

use super::{EventsQuery, Wanted};
use crate::{
    auth::Authenticated,
    body::{Parsed, Path},
    error::Result,
    gate::Gate,
};

/// What happened in a project, newest first; or with `follow` what happens, as it happens.
///
/// A stream sends each event under its kind with its sequence as id. It begins after `after`, or
/// with what happens next; it resumes by `Last-Event-ID`, and ends within five seconds of the right
/// to it.
#[utoipa::path(
    get,
    path = "/projects/{project}/events",
    operation_id = "project_event_list",
    tag = "events",
    params(("project" = String, Path, description = "The project's id or slug."), EventsQuery),
    responses((status = 200, content(
        (Page<Event> = "application/json"),
        (String = "text/event-stream"),
    ))),
    extensions(("x-permission" = json!("project.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    State(gate): State<Gate>,
    Authenticated(caller): Authenticated,
    Path(Parsed(project)): Path<Parsed<ProjectRef>>,
    wanted: Wanted,
) -> Result<Response> {
    let events = events::of_project(&app, &caller, &project).await?;
    super::answer(app, &gate, caller, events, wanted).await
}
