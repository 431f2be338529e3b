//! Events of projects and teams: a page of them, or a stream that goes on.

mod of_project;
mod of_team;

use std::{collections::VecDeque, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use croft_app::{
    App, Caller,
    events::{self, Event},
};
use croft_model::event::EventKind;
use croft_sdk::{events as wire, page::Page};
use futures_util::{Stream, stream::try_unfold};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth,
    body::{Json, Query},
    error::{ApiError, Result},
    gate::Gate,
    page,
    state::Api,
    stream::{self, Follow},
};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(of_project::list)).routes(routes!(of_team::list))
}

/// Events read from the store at one time, for a stream.
const LOOK: u32 = 100;

/// Which events, and how.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    follow: bool,
    after: Option<i64>,
    limit: u32,
}

/// How many events a page has.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LimitQuery {
    /// How many: 1 to 200, 50 when left out. A stream gives all.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl<S> FromRequestParts<S> for Wanted
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Follow { follow, after } = Follow::from_request_parts(parts, state).await?;
        let Query(LimitQuery { limit }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.unwrap_or(page::DEFAULT);
        if !(1..=page::MOST).contains(&limit) {
            return Err(ApiError::invalid("limit", "a number from 1 to 200"));
        }
        let accepts = accepts_stream(&parts.headers);
        if accepts && !follow {
            auth::check_stream(parts, &Gate::from_ref(state))?;
        }
        Ok(Self { follow: follow || accepts, after, limit })
    }
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter();
    accepted.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
        |kind| {
            kind.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .eq_ignore_ascii_case("text/event-stream")
        },
    )
}

/// The page or the stream.
async fn answer(
    app: App,
    gate: &Gate,
    caller: Caller,
    events: events::Follow,
    wanted: Wanted,
) -> Result<Response> {
    if wanted.follow {
        return follow(app, gate, caller, events, wanted.after).await;
    }
    let (items, next) = events.before(&app, wanted.after, wanted.limit).await?;
    let items: Vec<_> = items.into_iter().map(answer_event).collect();
    Ok(Json(Page { items, next: next.map(|sequence| sequence.to_string()) }).into_response())
}

async fn follow(
    app: App,
    gate: &Gate,
    caller: Caller,
    events: events::Follow,
    after: Option<i64>,
) -> Result<Response> {
    // What would end it at once does not begin.
    events.still_allowed(&app, &caller).await?;
    let after = match after {
        Some(after) => after,
        None => events.last(&app).await?,
    };
    let source = source(app.clone(), events.clone(), after);
    let asks = Arc::new((app, events, caller));
    let still_may = {
        let asks = Arc::clone(&asks);
        move || {
            let asks = Arc::clone(&asks);
            async move { asks.1.still_allowed(&asks.0, &asks.2).await }
        }
    };
    stream::answer(gate, &asks.2, source, still_may)
}

/// Events after a place, as they come.
fn source(
    app: App,
    events: events::Follow,
    after: i64,
) -> impl Stream<Item = croft_app::Result<axum::response::sse::Event>> + Send {
    let start = (events::Follow::hint(&app), VecDeque::new(), after);
    try_unfold(start, move |(mut hint, mut ready, mut after)| {
        let (app, events) = (app.clone(), events.clone());
        async move {
            loop {
                if let Some(event) = ready.pop_front() {
                    let event = answer_event(event);
                    after = event.sequence;
                    let line = stream::event(event.sequence, &kind_name(event.kind), &event)?;
                    return Ok(Some((line, (hint, ready, after))));
                }
                ready.extend(events.after(&app, after, LOOK).await?);
                if ready.is_empty() {
                    events::Follow::wait(&mut hint).await;
                }
            }
        }
    })
}

/// The kind's name on the wire. A unit variant always serializes to it.
fn kind_name(kind: EventKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|name| name.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
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
