//! What a script answers: a value, or one built with `response(...)`.

use bytes::Bytes;
use croft_model::function::Exceeded;
use croft_ports::function_invoker::{CallResponse, Outcome, ScriptError};
use http::{HeaderName, HeaderValue};
use rhai::{Dynamic, Engine, EvalAltResult, Map};

use crate::text;

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Fields that describe the connection, which is Croft's.
const OURS: [&str; 7] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];
/// Fields one answer may have.
const MAX_HEADERS: usize = 100;

/// An answer under construction.
#[derive(Clone)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Dynamic,
}

impl Response {
    fn new(status: i64, body: Dynamic) -> Fallible<Self> {
        match u16::try_from(status) {
            Ok(status @ 200..=599) => Ok(Self { status, headers: Vec::new(), body }),
            _ => Err(format!("status {status} is not between 200 and 599").into()),
        }
    }

    fn typed(content_type: &str, body: Dynamic) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body }
    }

    fn header(&mut self, name: &str, value: &str) -> Fallible<()> {
        let field = HeaderName::try_from(name)
            .map_err(|_| format!("`{}` is not a header's name", name.escape_debug()))?;
        if OURS.contains(&field.as_str()) {
            return Err(format!("the header `{field}` is set by Croft; leave it out").into());
        }
        HeaderValue::try_from(value)
            .map_err(|_| format!("the value of `{field}` has characters a header may not have"))?;
        if self.headers.len() == MAX_HEADERS {
            return Err(format!("an answer has at most {MAX_HEADERS} headers").into());
        }
        self.headers.push((field.as_str().to_owned(), value.to_owned()));
        Ok(())
    }
}

/// Teaches the engine the type and what makes one.
pub(crate) fn install(engine: &mut Engine) {
    engine
        .register_type_with_name::<Response>("Response")
        .register_fn("response", |status: i64| Response::new(status, Dynamic::UNIT))
        .register_fn("response", Response::new)
        .register_fn("response", |status: i64, body: Dynamic, headers: Map| -> Fallible<Response> {
            let mut response = Response::new(status, body)?;
            for (name, value) in headers {
                response.header(&name, &value.to_string())?;
            }
            Ok(response)
        })
        .register_fn("header", |response: &mut Response, name: &str, value: &str| {
            response.header(name, value).map(|()| response.clone())
        })
        .register_fn("html", |body: &str| {
            Response::typed("text/html; charset=utf-8", body.to_owned().into())
        })
        .register_fn("json", |body: Dynamic| -> Fallible<Response> {
            let text = to_json(&body)?;
            Ok(Response::typed("application/json", text.into()))
        })
        .register_fn("redirect", |to: &str| -> Fallible<Response> {
            let mut response = Response::new(302, Dynamic::UNIT)?;
            response.header("location", to)?;
            Ok(response)
        });
}

/// A value as JSON.
pub(crate) fn to_json(value: &Dynamic) -> Fallible<String> {
    serde_json::to_string(value).map_err(|error| format!("this is not JSON: {error}").into())
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
    } else if body.is_fnptr() || body.is_variant() {
        let kind = body.type_name();
        Err(format!("a value of type {kind} cannot be an answer: give text, a map or a response")
            .into())
    } else {
        Ok((Some("application/json"), Bytes::from(to_json(&body)?)))
    }
}
