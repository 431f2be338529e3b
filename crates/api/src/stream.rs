//! Event streams (server-sent events, WHATWG HTML 9.2).
//!
//! A line is taken from its source only when the client takes it, so nothing piles up. Every few
//! seconds, and before anything that comes after, it is asked whether the caller may still see it:
//! a stream ends within five seconds of the right to it (decision 31).

use std::{collections::VecDeque, convert::Infallible, fmt::Display, pin::Pin, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use croft_app::{Caller, Seat, events::StreamHint};
use croft_model::id::UserId;
use futures_util::{
    Stream, StreamExt,
    stream::{try_unfold, unfold},
};
use serde::{Deserialize, Serialize};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use crate::{
    auth,
    body::Query,
    error::{ApiError, Result},
    gate::Gate,
};

/// How often rights are looked at again. With [`RECHECK_TIME`] it makes the five seconds.
const RECHECK: Duration = Duration::from_secs(3);
/// How long that may take.
const RECHECK_TIME: Duration = Duration::from_secs(2);
/// How often a comment shows proxies that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Streams of one person at one time.
const MOST: usize = 20;

/// Where in a stream somebody is, and whether they want what comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Follow {
    /// As they come, or only those that are there.
    pub follow: bool,
    /// The last sequence already seen. What a reconnecting browser says (`Last-Event-ID`) counts
    /// more than the address, which is as it was at first.
    pub after: Option<i64>,
}

/// The query of [`Follow`].
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowQuery {
    /// Answer with an event stream (`text/event-stream`) that goes on.
    #[serde(default)]
    follow: bool,
    /// The sequence of the last event already seen.
    #[param(minimum = 0)]
    after: Option<i64>,
}

impl<S> FromRequestParts<S> for Follow
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(query) = Query::<FollowQuery>::from_request_parts(parts, state).await?;
        let seen = parts.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
        let after = seen.or(query.after);
        if after.is_some_and(|after| after < 0) {
            return Err(ApiError::invalid("after", "the sequence of the last event already seen"));
        }
        if query.follow {
            auth::check_stream(parts, &Gate::from_ref(state))?;
        }
        Ok(Self { follow: query.follow, after })
    }
}

/// One event: its place in the stream, its kind and what it says.
pub fn event(place: impl Display, kind: &str, says: &impl Serialize) -> croft_app::Result<Event> {
    Event::default()
        .id(place.to_string())
        .event(kind)
        .json_data(says)
        .map_err(|error| croft_app::Error::Internal(Box::new(error)))
}

/// Says where the stream is, and nothing else: a client that reconnects begins there, also when
/// nothing came before.
pub fn place(place: impl Display) -> Event {
    Event::default().id(place.to_string())
}

/// Lines of a stream that lies in the store: what `read` gives after a place, each made by `line`
/// into its place and its line, and read on when the hint moves. The hint was taken before.
pub fn lines<P, T, F>(
    hint: StreamHint,
    after: P,
    read: impl Fn(P) -> F + Clone + Send,
    line: fn(T) -> croft_app::Result<(P, Event)>,
) -> impl Stream<Item = croft_app::Result<Event>> + Send
where
    P: Copy + Send,
    T: Send,
    F: Future<Output = croft_app::Result<Vec<T>>> + Send,
{
    let start = (hint, VecDeque::new(), after);
    try_unfold(start, move |(mut hint, mut ready, after)| {
        let read = read.clone();
        async move {
            loop {
                if let Some(item) = ready.pop_front() {
                    let (place, line) = line(item)?;
                    return Ok(Some((line, (hint, ready, place))));
                }
                ready.extend(read(after).await?);
                if ready.is_empty() {
                    hint.wait().await;
                }
            }
        }
    })
}

/// Whether a request that does not say `follow` asks for a stream all the same.
pub fn is_accepted(headers: &HeaderMap) -> bool {
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

/// Answers with a stream. It ends with its source, when `still_may` says no or does not answer in
/// time, at shutdown, and when the client leaves.
pub fn answer<F>(
    gate: &Gate,
    caller: &Caller,
    source: impl Stream<Item = croft_app::Result<Event>> + Send + 'static,
    still_may: impl Fn() -> F + Send + 'static,
) -> Result<Response>
where
    F: Future<Output = croft_app::Result<()>> + Send + 'static,
{
    let seat = gate.streams().take(caller.principal.user, MOST).ok_or_else(|| {
        ApiError::slow_down(
            Duration::from_secs(5),
            format!("you have {MOST} event streams open; close one first"),
        )
    })?;
    let mut recheck = interval(RECHECK);
    // Rights were checked just now; and a client that did not read is checked once, not n times.
    recheck.reset();
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let following = Following {
        source: Box::pin(source),
        still_may: Box::new(move || Box::pin(still_may())),
        recheck,
        shutdown: gate.shutdown().clone(),
        _seat: seat,
    };
    let events = unfold(following, Following::next);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

type Still = Pin<Box<dyn Future<Output = croft_app::Result<()>> + Send>>;

struct Following {
    source: Pin<Box<dyn Stream<Item = croft_app::Result<Event>> + Send>>,
    still_may: Box<dyn Fn() -> Still + Send>,
    recheck: Interval,
    shutdown: CancellationToken,
    _seat: Seat<UserId>,
}

impl Following {
    async fn next(mut self) -> Option<(std::result::Result<Event, Infallible>, Self)> {
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                _ = self.recheck.tick() => match timeout(RECHECK_TIME, (self.still_may)()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(why)) => {
                        tracing::debug!(%why, "stream ends with its right");
                        return None;
                    }
                    Err(_) => {
                        tracing::warn!("stream ends: whether it may go on was not answered in time");
                        return None;
                    }
                },
                event = self.source.next() => match event? {
                    Ok(event) => return Some((Ok(event), self)),
                    Err(error) => {
                        tracing::warn!(%error, cause = ?std::error::Error::source(&error), "stream ends by an error");
                        return None;
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_accepts_a_stream() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            is_accepted(&headers)
        };
        assert!(accepts("text/event-stream"));
        assert!(accepts("application/json;q=0.5, Text/Event-Stream; q=1"));
        assert!(!accepts("*/*"));
        assert!(!accepts("text/*, application/json"));
        assert!(!is_accepted(&HeaderMap::new()));
    }
}
