//! A cluster as the rest of Croft sees it.

use std::{sync::Arc, time::Duration};

use croft_ports::Entropy;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    binaries::Binaries, connect::ConnectInfo, database, error::ClusterError, identity::Identity,
    initialize, layout::Layout, lock::DataDirLock, server::Server, settings::ClusterSettings,
};

/// Restarts are this far apart at most; the first comes at once.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that ran so long is healthy again.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);
/// How often the log's size is looked at.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// A cluster whose server runs. Dropping it leaves the server running, for the next to adopt;
/// [`Cluster::stop`] ends it.
pub struct Cluster {
    server: Server,
    started: bool,
    entropy: Arc<dyn Entropy>,
    stopped: CancellationToken,
    // One at a time: two that grant the same right at once disturb each other.
    ensuring: tokio::sync::Mutex<()>,
    // No other Croft may come near while this one lives.
    _lock: Arc<DataDirLock>,
}

impl Cluster {
    /// Opens the cluster of that name in the locked data directory: makes it when there is none,
    /// adopts its server when one runs, else starts one, and returns when it accepts connections.
    /// A cluster that does not fit is refused
    /// and left as it is.
    pub async fn open(
        lock: Arc<DataDirLock>,
        settings: ClusterSettings,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ClusterError> {
        let layout = Layout::new(lock.dir(), settings.name);
        let installed = Binaries::find(&settings.binary_dirs).await?;
        let (binaries, exists) = initialize::choose(&layout.data(), &installed)?;
        let identity = Identity::resolve(&settings.os_user)?;
        let password = if exists {
            let password = initialize::check(&layout, &identity)?;
            layout.prepare(&identity)?;
            password
        } else {
            layout.prepare(&identity)?;
            let throwaway = settings.throwaway;
            initialize::initialize(&layout, &identity, &binaries, throwaway, &*entropy).await?
        };
        let server = Server::new(layout, settings, identity, binaries, password);
        let started = server.ensure().await?;
        let (stopped, ensuring) = (CancellationToken::new(), tokio::sync::Mutex::default());
        Ok(Self { server, started, entropy, stopped, ensuring, _lock: lock })
    }

    /// Makes sure of a database that `croft_owner` owns, that only Croft may connect to, and of
    /// the roles `croft` (the login, which may do nothing but take on the others by `SET ROLE`),
    /// `croft_owner`, `croft_app` and `croft_system`. Can be repeated. The name is 1 to 63 of
    /// `a-z`, `0-9` and `_`, a letter first.
    pub async fn ensure_database(&self, name: &str) -> Result<ConnectInfo, ClusterError> {
        let _one = self.ensuring.lock().await;
        database::ensure(&self.server, name, &*self.entropy).await
    }

    /// How the superuser reaches a database of the cluster: for backups and tests, never for a
    /// tenant.
    pub fn superuser(&self, database: &str) -> ConnectInfo {
        self.server.superuser(database)
    }

    /// Whether opening it started its server, rather than finding one that runs.
    pub fn was_started(&self) -> bool {
        self.started
    }

    /// The pid of the postmaster that was last adopted or started.
    pub fn postmaster_pid(&self) -> Option<i32> {
        self.server.current().map(|process| process.pid())
    }

    /// Starts the server again whenever it ends, at once and then with growing pauses (up to
    /// 30 s) while it does not stay, and keeps its log bounded. Returns when cancelled, leaving the
    /// server as it is, or after [`Cluster::stop`].
    pub async fn watch(&self, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.stopped.cancelled() => {}
            () = self.keep_running() => {}
            () = self.keep_log_bounded() => {}
        }
    }

    /// Ends the server, cutting sessions off; what is committed is kept. Ends [`Cluster::watch`].
    /// Takes up to 40 s.
    pub async fn stop(&self) -> Result<(), ClusterError> {
        self.stopped.cancel();
        self.server.stop().await
    }

    async fn keep_running(&self) {
        let mut failures = 0;
        loop {
            let since = Instant::now();
            if let Some(process) = self.server.current() {
                match process.ended().await {
                    Ok(()) => tracing::warn!(postgres.pid = process.pid(), "Postgres has ended"),
                    Err(error) => tracing::error!(%error, "cannot watch Postgres"),
                }
            }
            if since.elapsed() > HEALTHY_AFTER {
                failures = 0;
            }
            sleep(pause(failures)).await;
            failures += 1;
            if let Err(error) = self.server.ensure().await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "Postgres does not come back");
            }
        }
    }

    async fn keep_log_bounded(&self) {
        let mut looks = interval(LOG_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(error) = self.server.bound_log() {
                tracing::warn!(%error, "cannot shorten the log of Postgres");
            }
        }
    }
}

/// How long to wait before the restart after so many in a row.
fn pause(failures: u32) -> Duration {
    let doubled = Duration::from_millis(100) * 2_u32.pow(failures.min(10));
    if failures == 0 { Duration::ZERO } else { doubled.min(LONGEST_PAUSE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        assert_eq!(pause(0), Duration::ZERO);
        assert!(pause(1) < pause(2));
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
