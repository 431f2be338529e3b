//! Which calls are asked for, and how.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use croft_app::{Page, functions::calls};
use croft_model::{
    function::{OutcomeKind, Trigger},
    id::InvocationId,
    name::FunctionName,
};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::IntoParams;

use crate::{
    auth,
    body::Query,
    error::{ApiError, Result},
    gate::Gate,
    page, stream,
};

/// Which calls, and how.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Which.
    pub(super) calls: calls::Wanted,
    /// From where.
    pub(super) place: Place,
}

/// From where, and in which direction.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The last ones, or those before one, newest first.
    Page(Page),
    /// As they are written down, after one or from now on.
    Follow(Option<InvocationId>),
}

/// The query of calls.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InvocationsQuery {
    /// Only calls of the function of this name.
    function: Option<FunctionName>,
    /// Only calls that ended so.
    outcome: Option<OutcomeKind>,
    /// Only calls that were answered so: a status like `404`, or all that begin with a digit, like
    /// `5xx`.
    #[param(pattern = "^[1-5]([0-9][0-9]|xx)$")]
    status: Option<String>,
    /// Only calls that were made by this.
    trigger: Option<Trigger>,
    /// Only calls that came in at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Only calls that came in before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// Answer with an event stream (`text/event-stream`) that goes on. `Accept: text/event-stream`
    /// says the same.
    #[serde(default)]
    follow: bool,
    /// The `next` of the page before. With `follow`, the id of the last call already seen.
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
        let Query(query) = Query::<InvocationsQuery>::from_request_parts(parts, state).await?;
        let follows = query.follow || stream::is_accepted(&parts.headers);
        if follows {
            auth::check_stream(parts, &Gate::from_ref(state))?;
        }
        query.wanted(follows, last_seen(&parts.headers))
    }
}

/// What a reconnecting browser says; it counts more than the address, which is as it was at first.
fn last_seen(headers: &HeaderMap) -> Option<InvocationId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

impl InvocationsQuery {
    /// `follows`: a stream is wanted, after the call `seen` if there is one.
    fn wanted(self, follows: bool, seen: Option<InvocationId>) -> Result<Wanted> {
        let after = match self.after.as_deref() {
            None | Some("") => None,
            Some(after) => Some(after.parse::<InvocationId>().map_err(|_| {
                ApiError::invalid("after", "a call's id, or the `next` of the page before")
            })?),
        };
        let limit = self.limit.unwrap_or(page::DEFAULT);
        if !(1..=page::MOST).contains(&limit) {
            return Err(ApiError::invalid("limit", "a number from 1 to 200"));
        }
        let place = if follows {
            Place::Follow(seen.or(after))
        } else {
            Place::Page(Page { after: after.map(InvocationId::uuid), limit })
        };
        let calls = calls::Wanted {
            function: self.function,
            outcome: self.outcome,
            status: self.status.as_deref().map(status).transpose()?,
            trigger: self.trigger,
            since: time("since", self.since.as_deref())?,
            until: time("until", self.until.as_deref())?,
        };
        Ok(Wanted { calls, place })
    }
}

/// The first and the last status meant.
fn status(text: &str) -> Result<(u16, u16)> {
    let wrong = || ApiError::invalid("status", "a status like `404`, or `5xx` for all of a kind");
    let of_kind = text.strip_suffix("xx").filter(|kind| kind.len() == 1);
    let (first, more) = match of_kind {
        Some(kind) => (kind.parse::<u16>().map_err(|_| wrong())?.saturating_mul(100), 99),
        None => (text.parse().map_err(|_| wrong())?, 0),
    };
    if (100..600).contains(&first) { Ok((first, first + more)) } else { Err(wrong()) }
}

/// A time of the query.
pub(super) fn time(field: &str, text: Option<&str>) -> Result<Option<OffsetDateTime>> {
    let parse = |text| {
        OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| ApiError::invalid(field, "a time like 2026-01-02T03:04:05Z (RFC 3339)"))
    };
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked_for() {
        assert_eq!(status("404").unwrap(), (404, 404));
        assert_eq!(status("5xx").unwrap(), (500, 599));
        for bad in ["", "xx", "6xx", "0xx", "55xx", "99", "600", "-1", "+2x", "4xX"] {
            assert!(status(bad).is_err(), "{bad}");
        }
        let at = time("since", Some("2026-01-02T03:04:05+01:00")).unwrap().unwrap();
        assert_eq!(at.unix_timestamp(), 1_767_319_445);
        assert!(time("since", Some("yesterday")).is_err());
        assert!(time("since", Some("")).unwrap().is_none());
    }

    #[test]
    fn a_stream_begins_after_what_was_seen_last() {
        let id = "call_aaaaaaaaaaaaaaaaaaaaaaaaae";
        let query = InvocationsQuery { after: Some(id.into()), ..Default::default() };
        let seen = "call_aaaaaaaaaaaaaaaaaaaaaaaaai".parse().unwrap();
        let wanted = query.clone().wanted(true, Some(seen)).unwrap();
        assert!(matches!(wanted.place, Place::Follow(Some(after)) if after == seen));
        let wanted = query.clone().wanted(true, None).unwrap();
        assert!(matches!(wanted.place, Place::Follow(Some(after)) if after.to_string() == id));
        let wanted = query.wanted(false, Some(seen)).unwrap();
        assert!(matches!(wanted.place, Place::Page(Page { after: Some(_), limit: 50 })));
        let wrong = InvocationsQuery { after: Some("7".into()), ..Default::default() };
        assert!(wrong.wanted(false, None).is_err());
    }
}
