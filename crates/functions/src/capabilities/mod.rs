//! What functions are given beside the language, one file for each.
//!
//! The engine starts with none of it. A file's `install` teaches the engine its functions, once
//! for all calls of a process; what belongs to one call (its environment, its log) the file keeps
//! per thread, between [`begin`] and [`finish`]. A step of the engine is a native call at most and
//! bounds are looked at between steps, so each native takes time and memory by the size of its
//! arguments, which the engine bounds; what it answers, the engine measures.
//! `docs/guides/add-capability.md` goes through it.

mod base64;
mod env;
mod hash;
mod hex;
mod hmac;
mod json;
pub(crate) mod log;
mod random;
mod text;
mod time;
mod url;
mod uuid;

use std::{ops::Deref, sync::Arc};

use croft_ports::function_invoker::{FunctionEnvironment, LogLine};
use rhai::{Blob, Dynamic, Engine, ImmutableString, Module, NativeCallContext, Variant};

use crate::meter::Fallible;

const ALL: &[fn(&mut Engine)] = &[
    base64::install,
    env::install,
    hash::install,
    hex::install,
    hmac::install,
    json::install,
    log::install,
    random::install,
    text::install,
    time::install,
    url::install,
    uuid::install,
];

/// Teaches the engine all of them.
pub(crate) fn install(engine: &mut Engine) {
    for install in ALL {
        install(engine);
    }
}

/// A call begins on this thread.
pub(crate) fn begin(environment: Arc<FunctionEnvironment>) {
    env::begin(environment);
    log::begin();
}

/// It has ended: what it logged.
pub(crate) fn finish() -> Vec<LogLine> {
    env::finish();
    log::finish()
}

/// Functions that scripts call as `NAME::FUNCTION(..)`. Of what a native in a module raises the
/// engine does not say where it was called, so they do.
#[derive(Default)]
struct Natives(Module);

impl Natives {
    fn nullary<T: Variant + Clone>(
        &mut self,
        name: &str,
        native: impl Fn() -> Fallible<T> + Send + Sync + 'static,
    ) {
        self.0.set_native_fn(name, move |at: NativeCallContext<'_>| located(&at, native()));
    }

    fn unary<A: Variant + Clone, T: Variant + Clone>(
        &mut self,
        name: &str,
        native: impl Fn(A) -> Fallible<T> + Send + Sync + 'static,
    ) {
        self.0.set_native_fn(name, move |at: NativeCallContext<'_>, a: A| located(&at, native(a)));
    }

    fn binary<A: Variant + Clone, B: Variant + Clone, T: Variant + Clone>(
        &mut self,
        name: &str,
        native: impl Fn(A, B) -> Fallible<T> + Send + Sync + 'static,
    ) {
        let native = move |at: NativeCallContext<'_>, a: A, b: B| located(&at, native(a, b));
        self.0.set_native_fn(name, native);
    }

    fn ternary<A, B, C, T>(
        &mut self,
        name: &str,
        native: impl Fn(A, B, C) -> Fallible<T> + Send + Sync + 'static,
    ) where
        A: Variant + Clone,
        B: Variant + Clone,
        C: Variant + Clone,
        T: Variant + Clone,
    {
        let native =
            move |at: NativeCallContext<'_>, a: A, b: B, c: C| located(&at, native(a, b, c));
        self.0.set_native_fn(name, native);
    }

    fn install(self, engine: &mut Engine, name: &str) {
        engine.register_static_module(name, self.0.into());
    }
}

fn located<T>(at: &NativeCallContext<'_>, answer: Fallible<T>) -> Fallible<T> {
    answer.map_err(|mut error| {
        error.set_position(at.call_position());
        error
    })
}

/// Text or bytes of a script, as bytes.
enum Bytes {
    Text(ImmutableString),
    Blob(Blob),
}

impl Bytes {
    fn of(value: Dynamic) -> Fallible<Self> {
        if value.is_blob() {
            Ok(Self::Blob(value.into_blob().unwrap_or_default()))
        } else {
            let text = value.into_immutable_string();
            text.map(Self::Text)
                .map_err(|kind| format!("this takes text or bytes (a blob), not {kind}").into())
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Blob(blob) => blob,
        }
    }
}

/// Decoded bytes as text.
fn utf8(bytes: Vec<u8>) -> Fallible<String> {
    String::from_utf8(bytes)
        .map_err(|_| "these bytes are not UTF-8 text; take them as bytes".into())
}
