//! `croft serve`: the composition root. Everything is made here, wired together, and ended in
//! order.
//!
//! Start: settings, log, sockets, executors, keys, the data directory's lock, Postgres, the schema,
//! the edge; then it listens. When Postgres is away and the routes were kept, the edge goes first. End, by SIGTERM: what is in flight is finished (at most 10 s), Postgres
//! stays for the next start to adopt. By SIGINT the same, and everything this installation started
//! ends too (decision 33).

mod kept;
mod keys;
mod supervise;
mod telemetry;
mod database;
mod assets;
mod control;
mod greeting;
mod opening;
mod start;
mod stop;

pub(crate) use keys::{export, rotate};
pub(crate) use start::on_the_console;
pub use stop::stop;

use std::sync::Arc;

use anyhow::Context;
use croft_ports::{clock::SystemClock, entropy::SystemEntropy};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::settings::Loaded;

/// How a server was told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// SIGTERM: a next start takes over.
    HandOver,
    /// SIGINT: everything ends.
    Everything,
}

/// Runs until a signal; returns when all is drained.
pub async fn run(loaded: Loaded) -> anyhow::Result<()> {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let telemetry = telemetry::start(&loaded.settings, clock.clone(), entropy.clone())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    // Before anything is started, so that a signal during the start ends it in order.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    let stop = CancellationToken::new();
    let metrics = telemetry.metrics.clone();
    let running = start::start(&loaded.settings, clock, entropy, metrics, stop.clone()).await?;

    let ended = tokio::select! {
        _ = interrupt.recv() => Ended::Everything,
        _ = terminate.recv() => Ended::HandOver,
    };
    tracing::info!(?ended, "stopping: finishing what is in flight");
    stop.cancel();
    let database = Arc::clone(&running.database);
    tokio::select! {
        () = running.drain() => {}
        _ = interrupt.recv() => tracing::warn!("interrupted again: not waiting for the rest"),
    }
    match (ended, database.get()) {
        (Ended::Everything, Some(database)) => database.stop().await?,
        (Ended::HandOver, Some(database)) => database.store.close().await,
        (_, None) => {}
    }
    tracing::info!("stopped");
    telemetry.drain().await;
    Ok(())
}

/// Runs functions until the parent goes: the process that [`croft_functions::ExecutorPool`] starts.
pub fn executor() -> ! {
    croft_functions::run_executor()
}

/// The API's description as pretty-printed JSON.
pub fn openapi() -> anyhow::Result<String> {
    Ok(croft_api::openapi().to_pretty_json()? + "\n")
}
