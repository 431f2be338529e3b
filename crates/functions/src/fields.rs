//! Names and values of queries, forms and cookies as the maps that scripts see.

use std::borrow::Cow;

use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::meter::Fallible;

/// Fields that are read: each takes far more memory as an entry of a map than on the wire.
const MAX_FIELDS: usize = 1000;

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A text of ours as a script has it.
pub(crate) fn text(value: &str) -> Dynamic {
    ImmutableString::from(value).into()
}

/// The last value of each name.
pub(crate) fn last<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Fallible<Map> {
    let mut fields = Map::new();
    for pair in bounded(pairs) {
        let (name, value) = pair?;
        fields.insert(name.as_ref().into(), text(&value));
    }
    Ok(fields)
}

/// All values of each name, in order.
pub(crate) fn all<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Fallible<Map> {
    let mut fields = Map::new();
    for pair in bounded(pairs) {
        let (name, value) = pair?;
        let values = fields.entry(name.as_ref().into()).or_insert_with(|| Array::new().into());
        if let Ok(mut values) = values.as_array_mut() {
            values.push(text(&value));
        }
    }
    Ok(fields)
}

fn bounded<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> impl Iterator<Item = Fallible<Pair<'a>>> {
    pairs.enumerate().map(|(at, pair)| {
        let pair = (at < MAX_FIELDS).then_some(pair);
        pair.ok_or_else(|| format!("there are more than {MAX_FIELDS} fields").into())
    })
}
