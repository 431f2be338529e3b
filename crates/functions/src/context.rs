//! `ctx`: what a script sees of its request. Each part is made when it is asked for.

use std::sync::Arc;

use croft_model::id::{ProjectId, RequestId};
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Map};
use url::form_urlencoded;
use uuid::Uuid;

use crate::frame::RunOwned;

type Fallible<T> = Result<T, Box<EvalAltResult>>;

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

    fn json(&self) -> Fallible<Dynamic> {
        if self.0.body.is_empty() {
            return Ok(Dynamic::UNIT);
        }
        serde_json::from_slice(&self.0.body)
            .map_err(|error| format!("the body is not JSON: {error}").into())
    }

    /// The last value of each name.
    fn query(&self) -> Map {
        form_urlencoded::parse(self.0.query.as_bytes())
            .map(|(name, value)| (name.as_ref().into(), text(&value)))
            .collect()
    }

    /// All values of each name, in order.
    fn query_all(&self) -> Map {
        let mut all = Map::new();
        for (name, value) in form_urlencoded::parse(self.0.query.as_bytes()) {
            let values =
                all.entry(name.as_ref().into()).or_insert_with(|| rhai::Array::new().into());
            if let Ok(mut values) = values.as_array_mut() {
                values.push(text(&value));
            }
        }
        all
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

fn text(value: &str) -> Dynamic {
    Dynamic::from(ImmutableString::from(value))
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
        .register_get("query", |c: &mut C| c.query())
        .register_get("query_all", |c: &mut C| c.query_all())
        .register_get("headers", |c: &mut C| c.headers())
        .register_get("body", |c: &mut C| c.body_text())
        .register_get("body_blob", |c: &mut C| c.0.body.to_vec())
        .register_get("json", |c: &mut C| c.json())
        .register_get("function", |c: &mut C| ImmutableString::from(&c.0.name))
        .register_get("project", |c: &mut C| {
            ImmutableString::from(ProjectId::from_uuid(Uuid::from_bytes(c.0.project)).to_string())
        })
        .register_get("request_id", |c: &mut C| {
            ImmutableString::from(RequestId::from_uuid(Uuid::from_bytes(c.0.request)).to_string())
        })
        .register_get("client", |c: &mut C| ImmutableString::from(c.0.client.to_string()));
}
