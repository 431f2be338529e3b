//! `croft stop`: ends a running Croft from outside, and with `--all` all that it started.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use croft_ports::entropy::SystemEntropy;
use croft_providers::postgres::{DataDirLock, LockError};
use rustix::process::{Pid, Signal, kill_process};

use super::database::cluster;
use crate::settings::Settings;

/// How long a Croft has to end; more than it gives itself to drain and to stop Postgres.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(100);

/// Ends the Croft that holds the data directory. Without `all` Postgres stays for the next start;
/// with it everything ends, also what a Croft that was killed left running.
pub async fn stop(settings: Settings, all: bool) -> anyhow::Result<()> {
    let holder = match DataDirLock::acquire(&settings.data_dir) {
        Ok(_) => None,
        Err(LockError::Held { holder, .. }) => {
            Some(holder.0.context("a Croft runs here, but its pid is not known: end it by hand")?)
        }
        Err(error @ LockError::Io { .. }) => return Err(error.into()),
    };
    match holder {
        Some(pid) => end(&settings, pid, if all { Signal::INT } else { Signal::TERM }).await,
        None if all
            && settings.database_url.is_none()
            && settings.data_dir.join("postgres").exists() =>
        {
            // Only the cluster: it ends also when the key is not at hand.
            let lock = Arc::new(DataDirLock::acquire(&settings.data_dir)?);
            Ok(cluster(lock, Arc::new(SystemEntropy)).await?.stop().await?)
        }
        None => {
            eprintln!("no Croft runs in {}", settings.data_dir.display());
            Ok(())
        }
    }
}

async fn end(settings: &Settings, pid: u32, signal: Signal) -> anyhow::Result<()> {
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw).context("the pid is no pid")?;
    // The lock was held a moment ago, by the process that wrote its pid into it.
    kill_process(target, signal).with_context(|| format!("cannot signal Croft, pid {pid}"))?;
    let ended = async {
        while DataDirLock::acquire(&settings.data_dir).is_err() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(PATIENCE, ended).await.is_err() {
        bail!(
            "Croft, pid {pid}, has not ended within {} s; its log says what it waits for",
            PATIENCE.as_secs()
        );
    }
    Ok(())
}
