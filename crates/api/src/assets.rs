//! The dashboard: static files, and one page for every address that is none.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::{
    context::{RequestContext, Via},
    error::{ApiError, Code, Result},
};

/// Where the files are. The binary decides: inside itself, or a folder while developing.
pub trait Assets: Send + Sync + 'static {
    /// The file of that path, without a leading slash. Only exact names: `..` is no file's name.
    fn get(&self, path: &str) -> Option<Asset>;
}

/// A file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// As it is.
    pub bytes: Bytes,
    /// Compressed with Brotli, if that is worth it.
    pub brotli: Option<Bytes>,
    /// Compressed with gzip, if that is worth it.
    pub gzip: Option<Bytes>,
    /// What it is, like `text/html; charset=utf-8`.
    pub content_type: HeaderValue,
    /// A strong tag of the bytes, in quotes (RFC 9110, 8.8.3).
    pub etag: HeaderValue,
    /// Whether its name changes with its bytes.
    pub immutable: bool,
}

/// The page that the dashboard begins with.
pub const INDEX: &str = "index.html";

/// Serves the dashboard.
#[derive(Clone)]
pub(crate) struct Dashboard {
    assets: Arc<dyn Assets>,
    policy: HeaderValue,
    control_origin: Arc<str>,
}

impl Dashboard {
    /// Reads the page once, to know the scripts it may run.
    pub(crate) fn new(assets: Arc<dyn Assets>, control_origin: &str) -> Self {
        let index = assets.get(INDEX).map_or_else(Bytes::new, |index| index.bytes);
        let page = String::from_utf8_lossy(&index);
        // Base64 and fixed text are always a header value.
        let policy = HeaderValue::try_from(policy(&inline_scripts(&page)))
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        Self { assets, policy, control_origin: control_origin.into() }
    }

    /// Answers what no route did.
    pub(crate) fn answer(&self, parts: &Parts) -> Result<Response> {
        let path = parts.uri.path();
        let nothing = || ApiError::new(Code::NotFound, "there is nothing at this address");
        if path == "/api" || path.starts_with("/api/") {
            return Err(nothing());
        }
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        if !reads {
            return Err(ApiError::new(Code::MethodNotAllowed, "pages are only read"));
        }
        if RequestContext::of(parts)?.via != Via::ControlHost {
            return if wants_page(&parts.headers) { self.elsewhere(parts) } else { Err(nothing()) };
        }
        let name = path.trim_start_matches('/');
        let asset = (!name.is_empty()).then(|| self.assets.get(name)).flatten();
        // What has a name of its own and is gone must not come back as a page, or a browser would
        // run it as a script.
        let page = || {
            if wants_page(&parts.headers) && !path.starts_with("/_app/") {
                self.assets.get(INDEX)
            } else {
                None
            }
        };
        asset.or_else(page).map(|asset| self.serve(&asset, &parts.headers)).ok_or_else(nothing)
    }

    /// Pages are at the control host only: there is one origin with a cookie (decision 20).
    fn elsewhere(&self, parts: &Parts) -> Result<Response> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let location = HeaderValue::try_from(format!("{}{path}", self.control_origin))
            .map_err(ApiError::internal)?;
        Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response())
    }

    fn serve(&self, asset: &Asset, asked: &HeaderMap) -> Response {
        let mut response = StatusCode::OK.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, asset.content_type.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cache =
            if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        let (body, encoding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
            _ => (&asset.bytes, None),
        };
        let tag = tag(&asset.etag, encoding);
        let known = matches(asked, &tag);
        headers.insert(header::ETAG, tag);
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = Body::from(body.clone());
        response
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT).contains("text/html")
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether the client takes this coding (RFC 9110, 12.5.3), and does not say `q=0`.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    text(headers, header::ACCEPT_ENCODING).split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case(coding) && weight.is_ok_and(|weight| weight > 0.0)
    })
}

/// The tag of these bytes in this coding: other bytes need another strong tag.
fn tag(etag: &HeaderValue, encoding: Option<&str>) -> HeaderValue {
    let Some((encoding, plain)) = encoding.zip(etag.to_str().ok()) else { return etag.clone() };
    HeaderValue::try_from(format!("{}-{encoding}\"", plain.trim_end_matches('"')))
        .unwrap_or(etag.clone())
}

/// Whether the client has it already (RFC 9110, 13.1.2: compared weakly).
fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known =
        |item: &str| item == "*" || item.trim_start_matches("W/").as_bytes() == tag.as_bytes();
    text(headers, header::IF_NONE_MATCH).split(',').map(str::trim).any(known)
}

/// The page's policy: its own scripts, styles and calls, and the inline scripts it came with.
fn policy(scripts: &[&str]) -> String {
    let mut allowed = String::new();
    for script in scripts {
        allowed.extend([" 'sha256-", &BASE64.encode(&Sha256::digest(script)), "'"]);
    }
    format!(
        "default-src 'none'; script-src 'self'{allowed}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The texts of the scripts within a page, byte for byte.
fn inline_scripts(mut page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    while let Some(at) = page.find("<script") {
        page = &page[at + "<script".len()..];
        let Some((attributes, rest)) = page.split_once('>') else { break };
        let Some((script, rest)) = rest.split_once("</script") else { break };
        let outside =
            attributes.split_ascii_whitespace().any(|a| a.starts_with("src=") || a == "src");
        if !outside && !script.is_empty() {
            scripts.push(script);
        }
        page = rest;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_their_hash_and_no_others() {
        let page = "<head><script src=\"/theme.js\"></script>\n<script>\n\tgo();\n</script><script type=module>x</script>";
        assert_eq!(inline_scripts(page), ["\n\tgo();\n", "x"]);
        // The example of CSP Level 3, 6.7.3.3: alert('Hello, world.');
        assert!(
            policy(&["alert('Hello, world.');"]).contains(
                "script-src 'self' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"
            )
        );
        assert!(!policy(&[]).contains("unsafe"));
        assert_eq!(inline_scripts("<script>never closed"), Vec::<&str>::new());
    }

    #[test]
    fn codings_are_taken_as_asked() {
        let asked = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            headers
        };
        for (value, brotli, gzip) in [
            ("gzip, deflate, br, zstd", true, true),
            ("gzip", false, true),
            ("br;q=0, gzip;q=0.5", false, true),
            ("brotli", false, false),
            ("br;q=x", false, false),
        ] {
            assert_eq!(accepts(&asked(value), "br"), brotli, "{value}");
            assert_eq!(accepts(&asked(value), "gzip"), gzip, "{value}");
        }
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
