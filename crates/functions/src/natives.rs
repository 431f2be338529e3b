//! Functions of strings in the place of the engine's own.
//!
//! A step of the engine is a native call at most, and bounds are looked at between steps. So no
//! native may take time or memory far beyond the size of its arguments: `pad` never ends on an
//! empty padding, and `replace` can make the square of its input.

use rhai::{Engine, EvalAltResult, ImmutableString, Position};

use crate::meter::{Fallible, MAX_STRING};

fn too_long<T>() -> Fallible<T> {
    Err(EvalAltResult::ErrorDataTooLarge("Length of string".to_owned(), Position::NONE).into())
}

/// Replaces.
pub(crate) fn install(engine: &mut Engine) {
    engine
        .register_fn("pad", |s: &mut ImmutableString, len: i64, with: &str| pad(s, len, with))
        .register_fn("pad", |s: &mut ImmutableString, len: i64, with: char| {
            pad(s, len, with.encode_utf8(&mut [0; 4]))
        })
        .register_fn("replace", |s: &mut ImmutableString, what: &str, with: &str| {
            replace(s, what, with)
        })
        .register_fn("replace", |s: &mut ImmutableString, what: &str, with: char| {
            replace(s, what, with.encode_utf8(&mut [0; 4]))
        })
        .register_fn("replace", |s: &mut ImmutableString, what: char, with: &str| {
            replace(s, what.encode_utf8(&mut [0; 4]), with)
        })
        .register_fn("replace", |s: &mut ImmutableString, what: char, with: char| {
            replace(s, what.encode_utf8(&mut [0; 4]), with.encode_utf8(&mut [0; 4]))
        });
}

/// Lengthens to `length` characters.
fn pad(string: &mut ImmutableString, length: i64, with: &str) -> Fallible<()> {
    let Ok(length) = usize::try_from(length) else { return Ok(()) };
    let missing = length.saturating_sub(string.chars().count());
    if missing == 0 || with.is_empty() {
        return Ok(());
    }
    // A character has a byte at least, so this bounds the loop below too.
    if string.len() + missing > MAX_STRING {
        return too_long();
    }
    let mut padded = String::from(string.as_str());
    padded.extend(with.chars().cycle().take(missing));
    *string = padded.into();
    Ok(())
}

fn replace(string: &mut ImmutableString, what: &str, with: &str) -> Fallible<()> {
    if string.is_empty() {
        return Ok(());
    }
    let found = string.matches(what).count();
    let length = string.len() + found.saturating_mul(with.len());
    if length - found.saturating_mul(what.len()).min(length) > MAX_STRING {
        return too_long();
    }
    *string = string.replace(what, with).into();
    Ok(())
}
