//! The one place where failures become answers: a problem document (RFC 9457), or a small page
//! where a browser asks.

use bytes::Bytes;
use croft_model::id::RequestId;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
        RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
    },
};
use serde::Serialize;

use crate::failure::Failure;

/// The wire form of a failure; the same document as the API's problems.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
}

/// The answer to a failed request.
pub(crate) fn answer(failure: &Failure, html: bool, request: RequestId) -> Response<Bytes> {
    let (status, detail, id) = (failure.status(), failure.to_string(), request.to_string());
    let (kind, body) = if html {
        ("text/html; charset=utf-8", page(status, failure.title(), &detail, &id).into())
    } else {
        let problem = Problem {
            kind: format!("/problems/{}", failure.code()),
            title: failure.title(),
            status: status.as_u16(),
            detail: &detail,
            code: failure.code(),
            request_id: &id,
        };
        ("application/problem+json", serde_json::to_vec(&problem).unwrap_or_default())
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if html {
        let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if failure.passes() {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    // What follows cannot be told from the body.
    if matches!(failure, Failure::Coding) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Failure::MethodNotAllowed(allow) = failure
        && let Ok(allow) = HeaderValue::from_str(&allow.join(", "))
    {
        headers.insert(ALLOW, allow);
    }
    response
}

/// A redirect, not kept by anyone.
pub(crate) fn redirect(location: &str) -> Result<Response<Bytes>, Failure> {
    let location = HeaderValue::from_str(location).map_err(|_| Failure::Target)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn page(status: StatusCode, title: &str, detail: &str, id: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;\
         padding:0 1rem;overflow-wrap:anywhere;color-scheme:light dark}}small{{opacity:.6}}</style>\
         <h1>{title}</h1><p>{detail}</p><small>{status} &middot; {id}</small></html>\n",
        title = escaped(title),
        detail = escaped(detail),
        status = status.as_u16(),
        id = escaped(id),
    )
}

/// Text for HTML, in elements and quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Whether a client would rather have HTML than JSON: it names `text/html` (a wildcard does not
/// count, programs send it too) and JSON not with a higher weight (RFC 9110, 12.5.1).
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    let lines = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in lines.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let weight = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |q| q.parse().unwrap_or(0.0));
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        if is("text/html") {
            html = html.max(weight);
        } else if is("application/json") || is("application/problem+json") {
            json = json.max(weight);
        }
    }
    html > 0.0 && html >= json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_a_page() {
        let prefers = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            prefers_html(&headers)
        };
        assert!(prefers("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(prefers("text/html; charset=utf-8 ;q=0.5"));
        assert!(!prefers("application/json, text/html;q=0.9"));
        assert!(!prefers("*/*"));
        assert!(!prefers("text/html;q=0"));
        assert!(!prefers("text/html;q=x"));
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn pages_escape_what_they_show() {
        let failure = Failure::UnknownHost("<img src=x onerror='alert(1)'>\"&".into());
        let id = RequestId::from_uuid(uuid::Uuid::nil());
        let body = answer(&failure, true, id).into_body();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains("&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&quot;&amp;"), "{text}");
        assert!(!text.contains("<img"), "{text}");
    }

    #[test]
    fn weights_that_are_not_numbers_do_not_win() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html;q=NaN"));
        assert!(!prefers_html(&headers));
    }
}
