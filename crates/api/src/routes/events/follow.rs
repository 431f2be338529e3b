//! Events as they come.

use std::sync::Arc;

use axum::response::{Response, sse};
use croft_app::{App, Caller, events};
use croft_model::event::EventKind;

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
    let hint = events.hint(&app);
    let asks = Arc::new((app, events, caller));
    let reads = Arc::clone(&asks);
    let read = move |after| {
        let reads = Arc::clone(&reads);
        async move { reads.1.after(&reads.0, after, LOOK).await }
    };
    let source = stream::lines(hint, after, read, line);
    let still_may = {
        let asks = Arc::clone(&asks);
        move || {
            let asks = Arc::clone(&asks);
            async move { asks.1.still_allowed(&asks.0, &asks.2).await }
        }
    };
    stream::answer(gate, &asks.2, source, still_may)
}

/// An event's place and line.
fn line(event: events::Event) -> croft_app::Result<(i64, sse::Event)> {
    let event = answer_event(event);
    let line = stream::event(event.sequence, &kind_name(event.kind), &event)?;
    Ok((event.sequence, line))
}

/// The kind's name on the wire. A unit variant always serializes to it.
fn kind_name(kind: EventKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|name| name.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}
