//! Bytes on the edge's port: no panic, every connection ends, and a call is only what the bytes ask
//! for, without what may not pass.
#![no_main]

#[path = "../../../crates/edge/tests/edge/world.rs"]
#[allow(dead_code)]
mod world;

use std::cell::RefCell;

use croft_ports::function_invoker::CallRequest;
use libfuzzer_sys::fuzz_target;
use tokio::{io::AsyncWriteExt, runtime::Runtime};
use world::{APP, World};

/// A world remembers its calls; after so many inputs another begins.
const INPUTS_OF_A_WORLD: u32 = 2000;
/// What does not reach a function from a request.
const HOPS: [&str; 9] = [
    "connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "keep-alive",
    "expect",
    "forwarded",
    "x-real-ip",
];

thread_local! {
    static STAGE: RefCell<Option<(Runtime, World, u32)>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    STAGE.with_borrow_mut(|stage| {
        if stage.as_ref().is_some_and(|(_, _, inputs)| *inputs >= INPUTS_OF_A_WORLD) {
            *stage = None;
        }
        let (runtime, world, inputs) = stage.get_or_insert_with(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime");
            let world = runtime.block_on(World::plain());
            (runtime, world, 0)
        });
        *inputs += 1;
        runtime.block_on(exchange(world, bytes));
    });
});

async fn exchange(world: &World, bytes: &[u8]) {
    let mut wire = world.connect().await;
    // The server may close before it has heard all.
    let _ = wire.0.write_all(bytes).await;
    let _ = wire.0.shutdown().await;
    let answer = wire.rest().await;
    assert!(!answer.contains("\"code\":\"internal\""), "{answer}");
    let calls = std::mem::take(&mut *world.seen.lock().expect("calls"));
    if bytes.starts_with(b"PRI") {
        // There names are compressed.
        return calls.iter().for_each(check);
    }
    assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{answer}");
    let said = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let asked = said.matches(APP).count() + said.matches("localhost").count();
    assert!(calls.len() <= asked, "{} calls, {asked} hosts", calls.len());
    calls.iter().for_each(check);
}

fn check(call: &CallRequest) {
    assert!(call.host == APP || call.host == "localhost", "{}", call.host);
    assert!(call.path.starts_with('/'), "{}", call.path);
    let plain = |text: &str| !text.bytes().any(|b| b.is_ascii_control() || b == b' ');
    assert!(plain(&call.path) && plain(&call.query) && plain(&call.method), "{call:?}");
    for (name, value) in &call.headers {
        assert!(plain(name) && !name.is_empty() && !name.contains(':'), "{name:?}");
        assert!(!value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)), "{name}: {value:?}");
        let own = name.starts_with("croft-") || name.starts_with("proxy-");
        assert!(!own && !HOPS.contains(&name.as_str()), "{name}");
        assert!(!name.starts_with("x-forwarded-") || name == "x-forwarded-proto", "{name}");
        let cookie = value.to_ascii_lowercase().contains("__host-croft");
        assert!(name != "cookie" || !cookie || !has_own_cookie(value), "{value}");
    }
}

/// Whether one of these cookies has a name of Croft's.
fn has_own_cookie(line: &str) -> bool {
    line.split(';').any(|cookie| {
        let name = cookie.split('=').find(|part| !part.trim().is_empty()).unwrap_or_default();
        name.trim().to_ascii_lowercase().starts_with("__host-croft")
    })
}
