//! `ctx`: what a script sees of its request. Each part is made when it is asked for.

use std::{borrow::Cow, sync::Arc};

use croft_model::{
    function::Exceeded,
    id::{ProjectId, RequestId},
};
use croft_ports::function_invoker::Outcome;
use rhai::{Dynamic, Engine, ImmutableString, Map};
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    fields::{self, text},
    frame::RunOwned,
    meter::{self, Fallible},
};

/// Bytes of a body that is read as JSON or as a form: what is made of one takes many times more.
const MAX_PARSED_BODY: usize = 1024 * 1024;

/// The `ctx` of one call.
#[derive(Clone)]
pub(crate) struct Context(Arc<RunOwned>);

impl Context {
    /// The context of that call.
    pub(crate) fn new(run: RunOwned) -> Self {
        Self(Arc::new(run))
    }

    fn body_text(&self) -> Fallible<ImmutableString> {
        std::str::from_utf8(&self.0.body)
            .map(Into::into)
            .map_err(|_| "the body is not UTF-8 text; ctx.body_blob gives its bytes".into())
    }

    /// The body for a reader, unless that is too long for one.
    fn parsed_body(&self) -> Fallible<&[u8]> {
        if self.0.body.len() > MAX_PARSED_BODY {
            return meter::stop(Outcome::Exceeded(Exceeded::Size));
        }
        Ok(&self.0.body)
    }

    fn json(&self) -> Fallible<Dynamic> {
        let body = self.parsed_body()?;
        if body.is_empty() {
            return Ok(Dynamic::UNIT);
        }
        serde_json::from_slice(body)
            .map_err(|error| format!("the body is not JSON: {error}").into())
    }

    fn form(&self) -> Fallible<form_urlencoded::Parse<'_>> {
        Ok(form_urlencoded::parse(self.parsed_body()?))
    }

    fn query(&self) -> form_urlencoded::Parse<'_> {
        form_urlencoded::parse(self.0.query.as_bytes())
    }

    /// Cookies by name; of several the first, which is the one of the most exact path
    /// (RFC 6265, 5.4).
    fn cookies(&self) -> Fallible<Map> {
        let fields = self.0.headers.iter().filter(|(name, _)| name == "cookie");
        let pairs = fields.flat_map(|(_, value)| value.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            Some((Cow::from(name), Cow::from(bare.unwrap_or(value))))
        });
        // The last of a name wins there.
        fields::last(pairs.collect::<Vec<_>>().into_iter().rev())
    }

    /// Fields by name; repeated ones joined with a comma (RFC 9110, 5.3).
    fn headers(&self) -> Map {
        let mut fields = Map::new();
        for (name, value) in &self.0.headers {
            fields
                .entry(name.as_str().into())
                .and_modify(|held: &mut Dynamic| *held = format!("{held}, {value}").into())
                .or_insert_with(|| text(value));
        }
        fields
    }
}

fn pairs(pairs: &[(String, String)]) -> Map {
    pairs.iter().map(|(name, value)| (name.as_str().into(), text(value))).collect()
}

/// Teaches the engine the type.
pub(crate) fn install(engine: &mut Engine) {
    type C = Context;
    engine
        .register_type_with_name::<C>("Context")
        .register_get("method", |c: &mut C| ImmutableString::from(&c.0.method))
        .register_get("host", |c: &mut C| ImmutableString::from(&c.0.host))
        .register_get("path", |c: &mut C| ImmutableString::from(&c.0.path))
        .register_get("params", |c: &mut C| pairs(&c.0.params))
        .register_get("host_params", |c: &mut C| pairs(&c.0.host_params))
        .register_get("query", |c: &mut C| fields::last(c.query()))
        .register_get("query_all", |c: &mut C| fields::all(c.query()))
        .register_get("headers", |c: &mut C| c.headers())
        .register_get("cookies", |c: &mut C| c.cookies())
        .register_get("body", |c: &mut C| c.body_text())
        .register_get("body_blob", |c: &mut C| c.0.body.to_vec())
        .register_get("json", |c: &mut C| c.json())
        .register_get("form", |c: &mut C| fields::last(c.form()?))
        .register_get("form_all", |c: &mut C| fields::all(c.form()?))
        .register_get("function", |c: &mut C| ImmutableString::from(&c.0.name))
        .register_get("project", |c: &mut C| {
            ImmutableString::from(ProjectId::from_uuid(Uuid::from_bytes(c.0.project)).to_string())
        })
        .register_get("request_id", |c: &mut C| {
            ImmutableString::from(RequestId::from_uuid(Uuid::from_bytes(c.0.request)).to_string())
        })
        .register_get("client", |c: &mut C| ImmutableString::from(c.0.client.to_string()));
}
