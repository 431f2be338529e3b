//! `json::parse` and `json::stringify`, also in the place of the engine's own `parse_json`, which
//! compiles, and `to_json`, which writes what is no JSON. The reader bounds its depth itself.

use rhai::{Dynamic, Engine, Map};

use super::Natives;
use crate::{answer, meter::Fallible};

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("parse", |text: &str| parse(text));
    natives.unary("stringify", |value: Dynamic| answer::to_json(&value));
    natives.install(engine, "json");
    engine
        .register_fn("parse_json", |text: &str| parse(text))
        .register_fn("to_json", |map: Map| answer::to_json(&map.into()));
}

fn parse(text: &str) -> Fallible<Dynamic> {
    serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}").into())
}
