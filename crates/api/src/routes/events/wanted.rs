//! Which events are asked for, and how.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth,
    body::Query,
    error::{ApiError, Result},
    gate::Gate,
    page,
    stream::{self, Follow},
};

/// Where the `next` of a page that goes back in time begins.
pub(super) const BEFORE: &str = "before-";

/// Which events, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// The last ones, or those before an event, newest first.
    Back(Option<i64>, u32),
    /// Those after an event, oldest first.
    On(i64, u32),
    /// As they come: those after an event, or those that come next.
    Follow(Option<i64>),
}

/// The query of events.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// Answer with an event stream (`text/event-stream`) that goes on. `Accept:
    /// text/event-stream` says the same.
    #[serde(default)]
    follow: bool,
    /// The sequence of the last event already seen: those after it, oldest first. Or the `next` of
    /// the page before.
    after: Option<String>,
    /// How many a page has: 1 to 200, 50 when left out. A stream gives all.
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
        let Query(query) = Query::<EventsQuery>::from_request_parts(parts, state).await?;
        if query.follow || stream::is_accepted(&parts.headers) {
            let Follow { follow, after } = Follow::from_request_parts(parts, state).await?;
            if !follow {
                auth::check_stream(parts, &Gate::from_ref(state))?;
            }
            return Ok(Self::Follow(after));
        }
        query.page()
    }
}

impl EventsQuery {
    fn page(self) -> Result<Wanted> {
        let limit = self.limit.unwrap_or(page::DEFAULT);
        if !(1..=page::MOST).contains(&limit) {
            return Err(ApiError::invalid("limit", "a number from 1 to 200"));
        }
        let after = match self.after.as_deref() {
            None | Some("") => return Ok(Wanted::Back(None, limit)),
            Some(after) => after,
        };
        let back = after.strip_prefix(BEFORE);
        let place = back.unwrap_or(after).parse().ok().filter(|place: &i64| *place >= 0);
        let place = place.ok_or_else(|| {
            ApiError::invalid("after", "an event's sequence, or the `next` of the page before")
        })?;
        Ok(if back.is_some() { Wanted::Back(Some(place), limit) } else { Wanted::On(place, limit) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_back_from_the_last_and_on_from_a_sequence() {
        let page = |after: Option<&str>, limit| {
            EventsQuery { follow: false, after: after.map(str::to_owned), limit }.page()
        };
        assert!(matches!(page(None, None), Ok(Wanted::Back(None, 50))));
        assert!(matches!(page(Some(""), Some(7)), Ok(Wanted::Back(None, 7))));
        assert!(matches!(page(Some("before-41"), None), Ok(Wanted::Back(Some(41), 50))));
        assert!(matches!(page(Some("0"), Some(200)), Ok(Wanted::On(0, 200))));
        for (after, limit) in [
            (Some("-1"), None),
            (Some("before--1"), None),
            (Some("x"), None),
            (None, Some(0)),
            (None, Some(201)),
        ] {
            assert!(page(after, limit).is_err(), "{after:?} {limit:?}");
        }
    }
}
