//! Events as they come.

use std::{collections::VecDeque, sync::Arc};

use axum::response::{Response, sse};
use croft_app::{App, Caller, events};
use croft_model::event::EventKind;
use futures_util::{Stream, stream::try_unfold};

use super::answer_event;
use crate::{error::Result, gate::Gate, stream};

/// Events read from the store at one time.
const LOOK: u32 = 100;

/// Answers with those after a place, or with those that come next.
pub(super) async fn answer(
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
) -> impl Stream<Item = croft_app::Result<sse::Event>> + Send {
    let start = (events.hint(&app), VecDeque::new(), after);
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
