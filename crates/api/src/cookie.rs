//! The session cookie (decision 3).
//!
//! `__Host-` makes the browser itself refuse a cookie of that name that is not `Secure`, has a
//! `Domain` or another path (RFC 6265bis, 4.1.3.2), so a tenant's page on a sibling host cannot
//! plant one.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use croft_model::token::Secret;

use crate::error::{ApiError, Code, Result};

/// The cookie's name.
pub const NAME: &str = "__Host-croft";

/// The `Set-Cookie` that carries a session for so long.
pub fn set(secret: &Secret, max_age: Duration) -> Result<HeaderValue> {
    value(secret.expose(), max_age.as_secs())
}

/// The `Set-Cookie` that ends it.
pub fn clear() -> Result<HeaderValue> {
    value("", 0)
}

fn value(secret: &str, max_age: u64) -> Result<HeaderValue> {
    let text =
        format!("{NAME}={secret}; Path=/; Max-Age={max_age}; Secure; HttpOnly; SameSite=Lax");
    let mut value = HeaderValue::try_from(text).map_err(ApiError::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The session cookie's text, if there is one. Two are refused: one of them was planted, and which
/// one cannot be told.
pub fn read(headers: &HeaderMap) -> Result<Option<&str>> {
    // By bytes: a planted cookie that is no text must not hide the rest of its line.
    let mut found = headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            pair.trim_ascii().strip_prefix(NAME.as_bytes())?.trim_ascii_start().strip_prefix(b"=")
        })
        .map(|text| std::str::from_utf8(text.trim_ascii()).unwrap_or_default());
    let first = found.next();
    if found.next().is_some() {
        return Err(ApiError::new(
            Code::DuplicateCookie,
            format!(
                "there is more than one cookie `{NAME}`; remove this site's cookies and sign in again"
            ),
        ));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use croft_model::token::SecretKind;

    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let line = |line: &&str| HeaderValue::from_bytes(line.as_bytes()).unwrap();
        lines.iter().map(|text| (header::COOKIE, line(text))).collect()
    }

    #[test]
    fn one_is_read_and_two_are_refused() {
        for (lines, found) in [
            (&["a=b; __Host-croft=x; c=d"][..], Some("x")),
            (&["a=b", "__Host-croft=x"], Some("x")),
            (&["a=\u{e9}; __Host-croft=x"], Some("x")),
            (&["a=b"], None),
            (&["croft=x; __host-croft=y; x__Host-croft=z"], None),
            (&[], None),
        ] {
            assert_eq!(read(&headers(lines)).unwrap(), found, "{lines:?}");
        }
        for tossed in [
            &["__Host-croft=evil; __Host-croft=x"][..],
            &["__Host-croft=x", "__Host-croft=x"],
            &["__Host-croft=;__Host-croft=x"],
        ] {
            assert_eq!(read(&headers(tossed)).unwrap_err().code(), Code::DuplicateCookie);
        }
    }

    #[test]
    fn what_is_set_is_what_browsers_demand_of_the_prefix() {
        let secret = Secret::from_random(SecretKind::Session, [1; 32]);
        let set = set(&secret, Duration::from_mins(1)).unwrap();
        assert!(set.is_sensitive());
        let text = set.to_str().unwrap();
        assert!(text.starts_with(&format!("__Host-croft={};", secret.expose())));
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=60"] {
            assert!(text.contains(attribute), "{attribute}");
        }
        assert!(!text.contains("Domain"));
        assert!(clear().unwrap().to_str().unwrap().contains("=; Path=/; Max-Age=0;"));
    }
}
