//! `url`: addresses as browsers read them, their parts and their queries.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rhai::{Dynamic, Engine, Map};
use url::{Url, form_urlencoded};

use super::Natives;
use crate::{fields, meter::Fallible};

/// Bytes of an address that is parsed: more than what browsers send.
const MAX_URL: usize = 8 * 1024;

/// What may stand for itself in any part of an address (RFC 3986, 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("encode", |text: &str| {
        Fallible::Ok(utf8_percent_encode(text, UNRESERVED).to_string())
    });
    natives.unary("decode", |text: &str| -> Fallible<String> {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(Into::into).map_err(|_| "decoded, this is not UTF-8 text".into())
    });
    natives.unary("parse", |text: &str| Ok(parts(&parse(None, text)?)));
    natives.binary("join", |base: &str, reference: &str| -> Fallible<String> {
        Ok(parse(Some(&parse(None, base)?), reference)?.into())
    });
    natives.unary("query", |fields: Map| Ok(query(fields)));
    natives.unary("parse_query", |text: &str| {
        fields::last(form_urlencoded::parse(text.trim_start_matches('?').as_bytes()))
    });
    natives.unary("parse_query_all", |text: &str| {
        fields::all(form_urlencoded::parse(text.trim_start_matches('?').as_bytes()))
    });
    natives.install(engine, "url");
}

fn parse(base: Option<&Url>, text: &str) -> Fallible<Url> {
    if text.len() > MAX_URL {
        return Err(format!("a URL of more than {MAX_URL} bytes is not read").into());
    }
    Url::options()
        .base_url(base)
        .parse(text)
        .map_err(|error| format!("`{}` is not a URL: {error}", text.escape_debug()).into())
}

fn parts(url: &Url) -> Map {
    let text = |part: Option<&str>| part.map_or(Dynamic::UNIT, Into::into);
    let port = url.port_or_known_default().map_or(Dynamic::UNIT, |port| i64::from(port).into());
    let parts = [
        ("scheme", url.scheme().into()),
        ("host", text(url.host_str())),
        ("port", port),
        ("path", url.path().into()),
        ("query", text(url.query())),
        ("fragment", text(url.fragment())),
    ];
    parts.into_iter().map(|(name, part)| (name.into(), part)).collect()
}

/// A query of a map; a list stands for a repeated name.
fn query(fields: Map) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        let values =
            if value.is_array() { value.into_array().unwrap_or_default() } else { vec![value] };
        for value in values {
            query.append_pair(&name, &value.to_string());
        }
    }
    query.finish()
}
