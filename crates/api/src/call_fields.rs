//! Which header fields of a request reach a function that is called by the API: as at the edge,
//! without those of the connection, of Croft and of proxies.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        AUTHORIZATION, CONNECTION, COOKIE, EXPECT, FORWARDED, TE, TRAILER, TRANSFER_ENCODING,
        UPGRADE,
    },
};

use crate::error::{ApiError, Result};

/// What a tried call may have of fields, and of bytes in them; the edge takes as many bytes.
const FIELDS_MAX: usize = 128;
const BYTES_MAX: usize = 32 * 1024;

/// Fields that belong to one connection (RFC 9110, 7.6.1), or by which a client could pretend to
/// be Croft or a proxy of it.
fn is_not_theirs(name: &HeaderName) -> bool {
    let text = name.as_str();
    [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, EXPECT, FORWARDED].contains(name)
        || ["keep-alive", "x-real-ip"].contains(&text)
        || ["proxy-", "croft-", "x-forwarded-"].iter().any(|start| text.starts_with(start))
}

/// The fields as a function sees them, in order. `scheme` is what clients reach Croft by.
pub(crate) fn for_function(headers: &HeaderMap, scheme: &str) -> Vec<(String, String)> {
    let lines = headers.get_all(CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
    let connection: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut fields = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        let listed = || connection.iter().any(|listed| name.as_str().eq_ignore_ascii_case(listed));
        // What is not UTF-8 is left out, as everywhere.
        if let Ok(text) = std::str::from_utf8(value.as_bytes())
            && !is_not_theirs(name)
            && !listed()
        {
            fields.push((name.as_str().to_owned(), text.to_owned()));
        }
    }
    fields.push(("x-forwarded-proto".to_owned(), scheme.to_owned()));
    fields
}

/// The same without what stands for the caller: a function must not be able to act as them.
pub(crate) fn without_credentials(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [AUTHORIZATION, COOKIE, HeaderName::from_static("x-api-key")] {
        headers.remove(name);
    }
    headers
}

/// Fields that somebody wrote down.
pub(crate) fn written(fields: &[(String, String)]) -> Result<HeaderMap> {
    let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if fields.len() > FIELDS_MAX || bytes > BYTES_MAX {
        return Err(ApiError::invalid("headers", "at most 128 of them, of 32 KiB together"));
    }
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let name = HeaderName::try_from(name)
            .map_err(|_| ApiError::invalid("headers", "a name is not a header field's"))?;
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| ApiError::invalid("headers", "a value has a character that none may"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(fields: &[(&str, &str)]) -> Vec<String> {
        let fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let headers = written(&fields).unwrap();
        let kept = for_function(&without_credentials(&headers), "https");
        kept.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn credentials_connections_and_hearsay_stay_behind() {
        let fields = seen(&[
            ("Authorization", "Bearer x"),
            ("x-api-key", "x"),
            ("cookie", "__Host-croft=x; theme=dark"),
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "1"),
            ("proxy-authorization", "x"),
            ("transfer-encoding", "chunked"),
            ("croft-request-id", "forged"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-proto", "ftp"),
            ("x-real-ip", "10.0.0.1"),
            ("accept", "a"),
            ("Accept", "b"),
        ]);
        assert_eq!(fields, ["accept: a", "accept: b", "x-forwarded-proto: https"]);
    }

    #[test]
    fn what_is_no_field_is_refused() {
        let one = |name: &str, value: String| written(&[(name.to_owned(), value)]).is_err();
        assert!(one("bad name", String::new()));
        assert!(one("x", "a\r\nb: c".into()));
        assert!(one("x", "y".repeat(BYTES_MAX)));
        assert!(!one("x", "grün".into()));
        assert!(written(&vec![("x".to_owned(), String::new()); FIELDS_MAX + 1]).is_err());
    }
}
