//! The one way by which bytes that a tenant chose leave the control host (decision 2).
//!
//! A browser that opens such an answer saves it instead of showing it, runs nothing in it, and no
//! other site can load it. On an address or another host the same holds; it costs nothing there.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

/// What of a tenant's headers passes, besides `x-*`.
const PASS: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_LANGUAGE, header::CACHE_CONTROL, header::ETAG];
/// Commands to web servers that may stand in front of Croft: serve this file, ask that host.
const COMMANDS: [&str; 4] = ["x-accel-", "x-sendfile", "x-lighttpd-", "x-reproxy-"];
/// Names the tenant's headers that did not pass.
const DROPPED: HeaderName = HeaderName::from_static("croft-dropped-headers");
/// The most bytes of names in that header.
const DROPPED_BYTES: usize = 1024;

/// Answers with what a tenant chose.
pub fn respond(status: StatusCode, theirs: &HeaderMap, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut dropped = String::new();
    for name in theirs.keys() {
        if passes(name) {
            theirs.get_all(name).into_iter().for_each(|value| {
                headers.append(name, value.clone());
            });
        } else if dropped.len() + name.as_str().len() < DROPPED_BYTES {
            let comma = if dropped.is_empty() { "" } else { ", " };
            dropped.extend([comma, name.as_str()]);
        }
    }
    if let Ok(names) = HeaderValue::try_from(dropped)
        && !names.is_empty()
    {
        headers.insert(DROPPED, names);
    }
    // Last, so that nothing of theirs stands in their place.
    for (name, value) in [
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn passes(name: &HeaderName) -> bool {
    let text = name.as_str();
    PASS.contains(name)
        || (text.starts_with("x-") && !COMMANDS.iter().any(|command| text.starts_with(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_browser_would_act_on_passes() {
        let mut theirs = HeaderMap::new();
        for (name, value) in [
            ("content-type", "text/html"),
            ("x-total", "7"),
            ("etag", "\"a\""),
            ("set-cookie", "__Host-croft=evil"),
            ("service-worker-allowed", "/"),
            ("content-security-policy", "default-src *"),
            ("content-disposition", "inline"),
            ("access-control-allow-origin", "*"),
            ("location", "https://evil.test"),
            ("refresh", "0; url=https://evil.test"),
            ("x-accel-redirect", "/etc/passwd"),
            ("x-content-type-options", "sniff"),
        ] {
            theirs.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let response = respond(StatusCode::OK, &theirs, Body::from("<script>1</script>"));
        let headers = response.headers();
        for (name, value) in [
            ("content-type", "text/html"),
            ("x-total", "7"),
            ("etag", "\"a\""),
            ("content-disposition", "attachment"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(headers[name], value, "{name}");
            assert_eq!(headers.get_all(name).iter().count(), 1, "{name}");
        }
        let dropped = headers["croft-dropped-headers"].to_str().unwrap();
        for name in [
            "set-cookie",
            "service-worker-allowed",
            "access-control-allow-origin",
            "location",
            "refresh",
            "x-accel-redirect",
        ] {
            assert!(!headers.contains_key(name), "{name} passed");
            assert!(dropped.contains(name), "{name} is not named");
        }
    }

    #[test]
    fn many_names_are_cut() {
        let theirs = (0..500)
            .map(|n| {
                (HeaderName::try_from(format!("drop-{n}")).unwrap(), HeaderValue::from_static(""))
            })
            .collect();
        let response = respond(StatusCode::OK, &theirs, Body::empty());
        assert!(response.headers()["croft-dropped-headers"].len() <= DROPPED_BYTES + 2);
    }
}
