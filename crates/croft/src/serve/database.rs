//! The database: Croft's own private cluster, or the server it was given.

use std::{ffi::OsStr, sync::Arc};

use anyhow::{Context, bail};
use croft_ports::Entropy;
use croft_providers::postgres::{
    Cluster, ClusterError, ClusterSettings, DataDirLock, LockError, made_database, search_dirs,
};
use croft_store::{ConnectError, KeyRing, Store};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::settings::Settings;

/// Connections of each of the store's two pools.
const CONNECTIONS: u32 = 12;

/// Where PostgreSQL's programs may be, besides the places of the distributions' packages.
const ELSEWHERE: &str = "/usr/local/pgsql/bin:/usr/local/bin:/usr/bin";

/// The private cluster's name and that of Croft's database, in it or elsewhere.
const CLUSTER: &str = "system";
const DATABASE: &str = "croft";

/// An open store and what holds it up.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) store: Store,
    /// The private cluster; `None` with a server of one's own, and beside a running Croft.
    pub(crate) cluster: Option<Arc<Cluster>>,
    // Whoever else comes to this data directory is refused while this lives.
    _lock: Option<Arc<DataDirLock>>,
}

/// The data directory, for nobody else.
pub(crate) fn lock(settings: &Settings) -> anyhow::Result<Arc<DataDirLock>> {
    Ok(Arc::new(DataDirLock::acquire(&settings.data_dir)?))
}

/// Starts or adopts Postgres in the locked data directory, and brings the schema up to date.
pub(crate) async fn open(
    settings: &Settings,
    lock: Arc<DataDirLock>,
    keys: KeyRing,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Database> {
    let cluster = match &settings.database_url {
        Some(_) => None,
        None => Some(Arc::new(cluster(Arc::clone(&lock), Arc::clone(&entropy)).await?)),
    };
    match connect(settings, cluster.as_deref(), keys, entropy).await {
        Ok(store) => Ok(Database { store, cluster, _lock: Some(lock) }),
        Err(error) => {
            leave(cluster.as_deref()).await?;
            Err(error)
        }
    }
}

/// The private cluster, running.
pub(crate) async fn cluster(
    lock: Arc<DataDirLock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Cluster> {
    let settings = ClusterSettings::system(search_dirs(Some(OsStr::new(ELSEWHERE))));
    Ok(Cluster::open(lock, settings, entropy).await?)
}

async fn connect(
    settings: &Settings,
    cluster: Option<&Cluster>,
    keys: KeyRing,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Store> {
    let url = match (&settings.database_url, cluster) {
        (Some(url), _) => Zeroizing::new(url.expose().to_owned()),
        (None, Some(cluster)) => {
            let connect = cluster.ensure_database(DATABASE).await?;
            Zeroizing::new(connect.url().expose_secret().to_owned())
        }
        (None, None) => bail!("there is neither a database_url nor a private Postgres"),
    };
    let settings = croft_store::Settings { url, connections: CONNECTIONS, keys };
    Ok(Store::connect(settings, entropy).await?)
}

/// Ends what this process started, and lets run what it found running.
async fn leave(cluster: Option<&Cluster>) -> anyhow::Result<()> {
    match cluster {
        Some(cluster) if cluster.was_started() => Ok(cluster.stop().await?),
        _ => Ok(()),
    }
}

/// The same beside a running Croft, which holds the directory and keeps Postgres running.
pub(crate) async fn join(
    settings: &Settings,
    keys: KeyRing,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Database> {
    let url = match &settings.database_url {
        Some(url) => Zeroizing::new(url.expose().to_owned()),
        None => {
            let made = made_database(&settings.data_dir, CLUSTER, DATABASE)?;
            let connect = made
                .context("Croft is just starting in this data directory: try again in a moment")?;
            Zeroizing::new(connect.url().expose_secret().to_owned())
        }
    };
    let store =
        Store::connect(croft_store::Settings { url, connections: 2, keys }, entropy).await?;
    Ok(Database { store, cluster: None, _lock: None })
}

/// Whether opening failed in a way that is nobody's decision: the database is away, or its server
/// does not come up. What is refused (another key, a newer schema, missing roles) is not.
pub(crate) fn is_away(error: &anyhow::Error) -> bool {
    let mut chain = error.chain();
    chain.any(|error| {
        error.is::<ClusterError>()
            || error.downcast_ref().is_some_and(ConnectError::is_transient)
            || error.downcast_ref().is_some_and(croft_store::Error::is_transient)
            || matches!(error.downcast_ref(), Some(croft_app::Error::Unavailable(_)))
    })
}

/// Whether a running Croft holds the data directory.
pub(crate) fn is_held(settings: &Settings) -> bool {
    matches!(DataDirLock::acquire(&settings.data_dir), Err(LockError::Held { .. }))
}

impl Database {
    /// Closes the connections, and ends the private cluster if it was started for this: after a
    /// command of the console, or a start that is refused.
    pub(crate) async fn leave(&self) -> anyhow::Result<()> {
        self.store.close().await;
        leave(self.cluster.as_deref()).await
    }

    /// Closes the connections and ends the private cluster.
    pub(crate) async fn stop(&self) -> anyhow::Result<()> {
        self.store.close().await;
        if let Some(cluster) = &self.cluster {
            cluster.stop().await?;
        }
        Ok(())
    }
}
