//! `env`, `env_or`, `has_env`: the variables and secrets of the function's project.

use std::{cell::RefCell, sync::Arc};

use croft_ports::function_invoker::FunctionEnvironment;
use rhai::{Dynamic, Engine, ImmutableString};

use crate::meter::Fallible;

thread_local! {
    static ENVIRONMENT: RefCell<Option<Arc<FunctionEnvironment>>> = const { RefCell::new(None) };
}

pub(super) fn install(engine: &mut Engine) {
    engine
        .register_fn("env", |name: &str| -> Fallible<ImmutableString> {
            value(name).ok_or_else(|| {
                let name = name.escape_debug();
                format!(
                    "the variable `{name}` is not set; set it with `croft env set {name}`, or use \
                     env_or"
                )
                .into()
            })
        })
        .register_fn("env_or", |name: &str, otherwise: Dynamic| {
            value(name).map_or(otherwise, Dynamic::from)
        })
        .register_fn("has_env", |name: &str| value(name).is_some());
}

pub(super) fn begin(environment: Arc<FunctionEnvironment>) {
    ENVIRONMENT.set(Some(environment));
}

pub(super) fn finish() {
    ENVIRONMENT.set(None);
}

fn value(name: &str) -> Option<ImmutableString> {
    ENVIRONMENT.with_borrow(|environment| {
        let values = &environment.as_ref()?.values;
        let at = values.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(values[at].1.as_str().into())
    })
}
