//! What a script answers: a value, or one built with `response(...)` and what is like it.

use bytes::Bytes;
use croft_model::function::Exceeded;
use croft_ports::function_invoker::{CallResponse, Outcome, ScriptError};
use http::{HeaderName, HeaderValue};
use rhai::{Dynamic, Engine, Map};
use serde::{Serialize, Serializer, ser::Error as _};

use crate::{cookie, meter::Fallible, text};

/// Fields that describe the connection, which is Croft's.
const OURS: [&str; 7] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];
/// Fields one answer may have.
const MAX_HEADERS: usize = 100;
/// Bytes of all their names and values.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Lists within lists of JSON, as many as are read of it.
const MAX_JSON_DEPTH: u8 = 128;

/// An answer under construction.
#[derive(Clone)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Dynamic,
}

impl Response {
    fn new(status: i64, body: Dynamic) -> Fallible<Self> {
        Ok(Self { status: checked(status, 200..=599)?, headers: Vec::new(), body })
    }

    fn typed(content_type: &str, body: Dynamic) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body }
    }

    fn redirect(to: &str, status: i64) -> Fallible<Self> {
        let mut response = Self::new(checked(status, 300..=399)?.into(), Dynamic::UNIT)?;
        response.header("location", to)?;
        Ok(response)
    }

    fn header(&mut self, name: &str, value: &str) -> Fallible<()> {
        let field = HeaderName::try_from(name)
            .map_err(|_| format!("`{}` is not a header's name", name.escape_debug()))?;
        if OURS.contains(&field.as_str()) {
            return Err(format!("the header `{field}` is set by Croft; leave it out").into());
        }
        HeaderValue::try_from(value)
            .map_err(|_| format!("the value of `{field}` has characters a header may not have"))?;
        if field == http::header::CONTENT_TYPE {
            self.headers.retain(|(name, _)| name != field.as_str());
        }
        if self.headers.len() == MAX_HEADERS {
            return Err(format!("an answer has at most {MAX_HEADERS} headers").into());
        }
        let bytes = self.headers.iter().map(|(name, value)| name.len() + value.len());
        if bytes.sum::<usize>() + name.len() + value.len() > MAX_HEADER_BYTES {
            return Err(format!("an answer has at most {MAX_HEADER_BYTES} bytes of headers").into());
        }
        self.headers.push((field.as_str().to_owned(), value.to_owned()));
        Ok(())
    }

    fn cookie(&mut self, name: &str, value: &str, options: &Map) -> Fallible<()> {
        self.header("set-cookie", &cookie::set_cookie(name, value, options)?)
    }
}

fn checked(status: i64, allowed: std::ops::RangeInclusive<u16>) -> Fallible<u16> {
    u16::try_from(status).ok().filter(|status| allowed.contains(status)).ok_or_else(|| {
        format!("status {status} is not between {} and {}", allowed.start(), allowed.end()).into()
    })
}

/// Teaches the engine the type, what makes one and what changes one. Changes answer the response,
/// so that they can be chained.
pub(crate) fn install(engine: &mut Engine) {
    type R = Response;
    engine
        .register_type_with_name::<R>("Response")
        .register_fn("response", |status: i64| R::new(status, Dynamic::UNIT))
        .register_fn("response", R::new)
        .register_fn("response", |status: i64, body: Dynamic, headers: Map| -> Fallible<R> {
            let mut response = R::new(status, body)?;
            for (name, value) in headers {
                response.header(&name, &value.to_string())?;
            }
            Ok(response)
        })
        .register_fn("html", |body: &str| {
            R::typed("text/html; charset=utf-8", body.to_owned().into())
        })
        .register_fn("json", |body: Dynamic| -> Fallible<R> {
            Ok(R::typed("application/json", to_json(&body)?.into()))
        })
        .register_fn("redirect", |to: &str| R::redirect(to, 302))
        .register_fn("redirect", R::redirect)
        .register_fn("status", |response: &mut R, status: i64| -> Fallible<R> {
            response.status = checked(status, 200..=599)?;
            Ok(response.clone())
        })
        .register_fn("header", |response: &mut R, name: &str, value: &str| {
            response.header(name, value).map(|()| response.clone())
        })
        .register_fn("content_type", |response: &mut R, value: &str| {
            response.header("content-type", value).map(|()| response.clone())
        })
        .register_fn("cookie", |response: &mut R, name: &str, value: &str| {
            response.cookie(name, value, &Map::new()).map(|()| response.clone())
        })
        .register_fn("cookie", |response: &mut R, name: &str, value: &str, options: Map| {
            response.cookie(name, value, &options).map(|()| response.clone())
        });
}

/// A value as JSON.
pub(crate) fn to_json(value: &Dynamic) -> Fallible<String> {
    serde_json::to_string(&Json { value, depth: MAX_JSON_DEPTH })
        .map_err(|error| format!("this is not JSON: {error}").into())
}

/// A value that is written to so many levels: the writer calls itself for each, and what has no end
/// would end the process.
struct Json<'a> {
    value: &'a Dynamic,
    depth: u8,
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = self.depth;
        let within = |value| Json { value, depth: depth.saturating_sub(1) };
        if let Ok(array) = self.value.as_array_ref() {
            if depth == 0 {
                return Err(S::Error::custom(format!("it nests deeper than {MAX_JSON_DEPTH}")));
            }
            serializer.collect_seq(array.iter().map(within))
        } else if let Ok(map) = self.value.as_map_ref() {
            if depth == 0 {
                return Err(S::Error::custom(format!("it nests deeper than {MAX_JSON_DEPTH}")));
            }
            serializer.collect_map(map.iter().map(|(name, value)| (name.as_str(), within(value))))
        } else if let Some(kind) = not_data(self.value) {
            // What a function captured may hold the function.
            Err(S::Error::custom(format!("it holds {kind}")))
        } else {
            self.value.serialize(serializer)
        }
    }
}

/// What a value is that has no form outside the script.
fn not_data(value: &Dynamic) -> Option<&'static str> {
    if value.is_fnptr() {
        Some("a function")
    } else if value.is_variant() {
        Some("an object such as ctx, a response or a range")
    } else {
        None
    }
}

/// Makes the answer of a script's last value; at most `limit` bytes of body.
pub(crate) fn respond(value: Dynamic, limit: u64) -> Outcome {
    let mut response = match value.try_cast_result::<Response>() {
        Ok(response) => response,
        Err(body) => {
            let status = if body.is_unit() { 204 } else { 200 };
            Response { status, headers: Vec::new(), body }
        }
    };
    let (content_type, body) = match to_bytes(response.body) {
        Ok(body) => body,
        Err(error) => {
            let message = text::clean(&error.to_string(), text::MAX_MESSAGE);
            return Outcome::Threw(ScriptError::of(message));
        }
    };
    if body.len() as u64 > limit {
        return Outcome::Exceeded(Exceeded::Size);
    }
    let typed = response.headers.iter().any(|(name, _)| name == "content-type");
    if let (Some(content_type), false) = (content_type, typed) {
        response.headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Outcome::Returned(CallResponse { status: response.status, headers: response.headers, body })
}

/// The body of a value, and its type when it has one of its own.
fn to_bytes(body: Dynamic) -> Fallible<(Option<&'static str>, Bytes)> {
    if body.is_unit() {
        Ok((None, Bytes::new()))
    } else if body.is_string() {
        let text = body.into_string().unwrap_or_default();
        Ok((Some("text/plain; charset=utf-8"), Bytes::from(text)))
    } else if body.is_blob() {
        let blob = body.into_blob().unwrap_or_default();
        Ok((Some("application/octet-stream"), Bytes::from(blob)))
    } else if let Some(kind) = not_data(&body) {
        Err(format!("{kind} cannot be an answer: give text, a map or a response").into())
    } else {
        Ok((Some("application/json"), Bytes::from(to_json(&body)?)))
    }
}
