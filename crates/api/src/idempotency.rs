//! Repeating a creation safely: `Idempotency-Key`, as draft-ietf-httpapi-idempotency-key-header has
//! it, but a bare value is taken too.

use axum::http::{HeaderMap, Method};
use croft_app::IdempotencyKey;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, Code, Result};

/// The header's name.
pub const HEADER: &str = "idempotency-key";

/// The header's value: 1 to 64 visible ASCII characters, quoted or not.
pub fn header(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all(HEADER).into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    let good = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if values.next().is_some() || !good {
        return Err(ApiError::new(
            Code::Malformed,
            "`Idempotency-Key` is one value of 1 to 64 visible ASCII characters",
        ));
    }
    Ok(Some(text.to_owned()))
}

/// The key together with what it was sent with, so that using it for something else is noticed.
pub fn key(key: String, method: &Method, path: &str, body: &[u8]) -> IdempotencyKey {
    // Neither method nor path can hold a line break.
    let fingerprint =
        Sha256::new().chain_update(format!("{method}\n{path}\n")).chain_update(body).finalize();
    IdempotencyKey { key, fingerprint: fingerprint.into() }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn keys_are_short_and_visible() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(value).unwrap());
            header(&headers)
        };
        assert_eq!(header(&HeaderMap::new()).unwrap(), None);
        assert_eq!(with("abc-1").unwrap().as_deref(), Some("abc-1"));
        assert_eq!(with("\"abc-1\"").unwrap().as_deref(), Some("abc-1"));
        let long = "x".repeat(65);
        for bad in ["", "\"\"", "a b", long.as_str()] {
            assert_eq!(with(bad).unwrap_err().code(), Code::Malformed, "{bad}");
        }
        let mut twice = HeaderMap::new();
        twice.append(HEADER, HeaderValue::from_static("a"));
        twice.append(HEADER, HeaderValue::from_static("b"));
        assert!(header(&twice).is_err());
    }

    #[test]
    fn the_fingerprint_tells_requests_apart() {
        let print =
            |method, path, body: &str| key("k".into(), &method, path, body.as_bytes()).fingerprint;
        let first = print(Method::POST, "/a", "b");
        assert_eq!(first, print(Method::POST, "/a", "b"));
        for other in [
            print(Method::PUT, "/a", "b"),
            print(Method::POST, "/ab", ""),
            print(Method::POST, "/a", "c"),
        ] {
            assert_ne!(first, other);
        }
    }
}
