//! Functions added to the engine's own, and those put in the place of its own.
//!
//! A step of the engine is a native call at most, and bounds are looked at between steps. So no
//! native may take time or memory far beyond the size of its arguments: `pad` never ends on an
//! empty padding, `replace` can make the square of its input, and `sleep` does not look at the
//! deadline.

use std::time::Duration;

use croft_model::function::Exceeded;
use croft_ports::function_invoker::LogLevel;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Module, Position};

use crate::{answer, meter};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Bytes of a string.
pub(crate) const MAX_STRING: usize = 256 * 1024;

/// Ends a call that ran into `bound`.
fn stop<T>(bound: Exceeded) -> Fallible<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::from(bound), Position::NONE).into())
}

fn too_long<T>() -> Fallible<T> {
    Err(EvalAltResult::ErrorDataTooLarge("Length of string".to_owned(), Position::NONE).into())
}

/// Adds and replaces.
pub(crate) fn install(engine: &mut Engine) {
    engine
        .on_print(|text| meter::log(LogLevel::Info, text))
        .on_debug(|text, _, _| meter::log(LogLevel::Debug, text))
        .register_static_module("log", log().into())
        .register_static_module("json", json().into());
    engine
        .register_fn("sleep", |seconds: i64| {
            sleep(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        })
        .register_fn("sleep", |seconds: f64| {
            let time = Duration::try_from_secs_f64(seconds.max(0.0));
            sleep(time.unwrap_or(Duration::MAX))
        });
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

fn log() -> Module {
    let mut module = Module::new();
    for (name, level) in [
        ("debug", LogLevel::Debug),
        ("info", LogLevel::Info),
        ("warn", LogLevel::Warn),
        ("error", LogLevel::Error),
    ] {
        module.set_native_fn(name, move |value: Dynamic| -> Fallible<()> {
            meter::log(level, &value.to_string());
            Ok(())
        });
    }
    module
}

fn json() -> Module {
    let mut module = Module::new();
    module.set_native_fn("parse", |text: &str| -> Fallible<Dynamic> {
        serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}").into())
    });
    module.set_native_fn("stringify", |value: Dynamic| answer::to_json(&value));
    module
}

fn sleep(time: Duration) -> Fallible<()> {
    let left = meter::left();
    std::thread::sleep(time.min(left));
    if time >= left { stop(Exceeded::Time) } else { Ok(()) }
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
