//! Events of projects and teams: a page of them, or a stream that goes on.

mod wanted;
mod follow;
mod of_project;
mod of_team;

use axum::response::{IntoResponse, Response};
use croft_app::{
    App, Caller,
    events::{self, Event},
};
use croft_sdk::{events as wire, page::Page};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::wanted::{BEFORE, EventsQuery, Wanted};
use crate::{body::Json, error::Result, gate::Gate, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(of_project::list)).routes(routes!(of_team::list))
}

/// The page or the stream.
async fn answer(
    app: App,
    gate: &Gate,
    caller: Caller,
    events: events::Follow,
    wanted: Wanted,
) -> Result<Response> {
    // One more than asked for, to know whether there is a next page.
    let (mut items, limit, before) = match wanted {
        Wanted::Follow(after) => return follow::answer(app, gate, caller, events, after).await,
        Wanted::Back(before, limit) => {
            (events.before(&app, before, limit + 1).await?, limit, BEFORE)
        }
        Wanted::On(after, limit) => (events.after(&app, after, limit + 1).await?, limit, ""),
    };
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|event| format!("{before}{}", event.sequence));
    Ok(Json(Page { items: items.into_iter().map(answer_event).collect(), next }).into_response())
}

/// An event as it is answered.
fn answer_event(event: Event) -> wire::Event {
    let Event { sequence, event } = event;
    wire::Event {
        sequence,
        kind: event.kind,
        team_id: event.team,
        project_id: event.project,
        subject: event.subject,
        actor: event.actor,
        payload: event.payload,
        at: event.at,
    }
}
