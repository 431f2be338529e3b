//! The dashboard's files, inside the binary. `script/build` makes them before the binary; a binary
//! built without has a page that says so.

use std::borrow::Cow;

use bytes::Bytes;
use croft_api::assets::{Asset, Assets, INDEX};
use data_encoding::BASE32_NOPAD;
use http::HeaderValue;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/build"]
#[allow_missing = true]
struct Files;

/// What is shown when the dashboard was not built.
const NOT_BUILT: &[u8] = b"<!doctype html><html lang=en><meta charset=utf-8><title>Croft</title>\
<p>This Croft was built without its dashboard. Build both with <code>script/build</code>.</p></html>";

/// The embedded dashboard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Embedded;

impl Assets for Embedded {
    fn get(&self, path: &str) -> Option<Asset> {
        // The compressed forms are told by their names; they are no pages of their own.
        if matches!(path.rsplit_once('.'), Some((_, "br" | "gz"))) {
            return None;
        }
        let Some(file) = Files::get(path) else {
            return (path == INDEX).then(|| asset(path, NOT_BUILT.into(), "not-built"));
        };
        let hash = BASE32_NOPAD.encode(&file.metadata.sha256_hash()[..15]);
        let packed = |ending: &str| Files::get(&format!("{path}.{ending}")).map(bytes);
        let (brotli, gzip) = (packed("br"), packed("gz"));
        Some(Asset { brotli, gzip, ..asset(path, bytes(file), &hash) })
    }
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn asset(path: &str, bytes: Bytes, hash: &str) -> Asset {
    Asset {
        bytes,
        brotli: None,
        gzip: None,
        content_type: HeaderValue::from_static(content_type(path)),
        // Base32 and quotes are always a header value.
        etag: HeaderValue::try_from(format!("\"{hash}\""))
            .unwrap_or(HeaderValue::from_static("\"\"")),
        immutable: path.starts_with("_app/immutable/"),
    }
}

/// The types of what a SvelteKit build holds.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
