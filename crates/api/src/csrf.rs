//! Whether a browser's request was made by a page of ours (decision 3).
//!
//! Deployed apps may be same-site with the control plane, so `SameSite` alone protects nothing:
//! what tells our pages from theirs is the origin. No CORS header is ever sent, so a request with
//! a bearer token or an own header cannot come from another origin's page at all; the rules here
//! are for what a browser adds by itself, the cookie.

use axum::http::{HeaderMap, Method, header};

use crate::error::{ApiError, Code, Result};

/// Checks a request that a cookie authenticates.
///
/// What changes something needs our `Origin` and, when it has a body, `Content-Type:
/// application/json`, which no form can send. Reading needs nothing, but when the browser says
/// that another origin's page loads it as part of itself, it is refused: such an answer could be
/// measured, if not read.
pub fn check_cookie(method: &Method, headers: &HeaderMap, control_origin: &str) -> Result<()> {
    if *method == Method::GET || *method == Method::HEAD {
        let foreign = matches!(text(headers, "sec-fetch-site"), Some("cross-site" | "same-site"));
        let followed_link = text(headers, "sec-fetch-mode") == Some("navigate");
        return if foreign && !followed_link {
            Err(refuse("another site's page asked for it"))
        } else {
            Ok(())
        };
    }
    check_origin(headers, control_origin)?;
    if has_body(method, headers) && !is_json(headers) {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "with the session cookie every change needs `Content-Type: application/json`",
        ));
    }
    Ok(())
}

/// Checks an event stream that a cookie authenticates: our `Origin`, or none when the browser says
/// that the page asking is ours. Browsers send no `Origin` with the same-origin GET of an
/// `EventSource` (Fetch, 3.2), and pages cannot forge `Sec-Fetch-*` (Fetch Metadata, 2).
pub fn check_stream(headers: &HeaderMap, control_origin: &str) -> Result<()> {
    if headers.get(header::ORIGIN).is_none()
        && text(headers, "sec-fetch-site") == Some("same-origin")
    {
        return Ok(());
    }
    check_origin(headers, control_origin)
}

/// Checks a request that signs somebody in, or could: another origin's page must not sign its
/// visitor in as somebody else. Clients that are no browsers send no `Origin`.
pub fn check_visitor(headers: &HeaderMap, control_origin: &str) -> Result<()> {
    if headers.contains_key(header::ORIGIN) {
        check_origin(headers, control_origin)
    } else {
        Ok(())
    }
}

/// Needs exactly one `Origin`, ours.
pub fn check_origin(headers: &HeaderMap, control_origin: &str) -> Result<()> {
    let mut origins = headers.get_all(header::ORIGIN).into_iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == control_origin.as_bytes() => Ok(()),
        (None, _) => Err(refuse("it has no `Origin`")),
        _ => Err(refuse("its `Origin` is another")),
    }
}

fn refuse(why: &str) -> ApiError {
    ApiError::new(
        Code::Csrf,
        format!(
            "{why}; with the session cookie only the dashboard's own pages may do this, programs use a token"
        ),
    )
}

fn has_body(method: &Method, headers: &HeaderMap) -> bool {
    let length = text(headers, header::CONTENT_LENGTH.as_str());
    *method != Method::DELETE
        || headers.contains_key(header::TRANSFER_ENCODING)
        || headers.contains_key(header::CONTENT_TYPE)
        || length.is_some_and(|length| length != "0")
}

/// Whether the body says that it is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE.as_str()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const OURS: &str = "https://croft.example.test";
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn code(result: Result<()>) -> Option<Code> {
        result.err().map(|e| e.code())
    }

    #[test]
    fn changes_by_cookie() {
        let csrf = Some(Code::Csrf);
        let kind = Some(Code::UnsupportedMediaType);
        for (method, pairs, expected) in [
            (Method::POST, &[("origin", OURS), JSON][..], None),
            (Method::POST, &[JSON], csrf),
            (Method::POST, &[("origin", "null"), JSON], csrf),
            (Method::POST, &[("origin", "https://proj-a.apps.example.test"), JSON], csrf),
            (Method::POST, &[("origin", "http://croft.example.test"), JSON], csrf),
            (Method::POST, &[("origin", "https://croft.example.test:444"), JSON], csrf),
            (Method::POST, &[("origin", "https://croft.example.test.evil.test"), JSON], csrf),
            (Method::POST, &[("origin", OURS), ("origin", OURS), JSON], csrf),
            (Method::POST, &[("origin", OURS), ("content-type", "text/plain")], kind),
            (
                Method::POST,
                &[("origin", OURS), ("content-type", "text/plain; application/json")],
                kind,
            ),
            (Method::POST, &[("origin", OURS)], kind),
            (Method::PUT, &[("origin", OURS)], kind),
            (Method::PATCH, &[("origin", OURS), JSON], None),
            (Method::DELETE, &[("origin", OURS)], None),
            (Method::DELETE, &[("origin", OURS), ("content-length", "0")], None),
            (Method::DELETE, &[("origin", OURS), ("content-length", "9")], kind),
            (Method::DELETE, &[("origin", OURS), ("transfer-encoding", "chunked")], kind),
            (Method::DELETE, &[], csrf),
            (Method::OPTIONS, &[], csrf),
        ] {
            assert_eq!(
                code(check_cookie(&method, &headers(pairs), OURS)),
                expected,
                "{method} {pairs:?}"
            );
        }
    }

    #[test]
    fn reading_by_cookie() {
        let csrf = Some(Code::Csrf);
        for (pairs, expected) in [
            (&[][..], None),
            (&[("sec-fetch-site", "same-origin")], None),
            (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")], None),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], None),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], csrf),
            (&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")], csrf),
        ] {
            assert_eq!(
                code(check_cookie(&Method::GET, &headers(pairs), OURS)),
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn streams_and_visitors() {
        for (pairs, stream, visitor) in [
            (&[("origin", OURS)][..], true, true),
            (&[("sec-fetch-site", "same-origin")], true, true),
            (&[], false, true),
            (&[("sec-fetch-site", "same-site")], false, true),
            (&[("origin", "https://evil.test")], false, false),
            (&[("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")], false, false),
            (&[("origin", "null")], false, false),
        ] {
            assert_eq!(check_stream(&headers(pairs), OURS).is_ok(), stream, "stream {pairs:?}");
            assert_eq!(check_visitor(&headers(pairs), OURS).is_ok(), visitor, "visitor {pairs:?}");
        }
    }
}
