//! Making the parts and wiring them together.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::{Context, bail};
use croft_api::{
    ApiSettings, Service,
    limit::{Rate, RateLimits, Rates},
};
use croft_app::{App, Installation};
use croft_edge::{Edge, EdgeLimits, EdgeSettings, Outside};
use croft_functions::{ExecutorPool, PoolSettings};
use croft_model::domain::{DEFAULT_HOST, Zones};
use croft_ports::{Clock, Entropy, clock::SystemClock, entropy::SystemEntropy};
use croft_store::{
    LateStore,
    sink::{Sink, invocation_log},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    assets::Embedded,
    control::Control,
    database,
    database::Database,
    greeting::{greet, greet_without_database},
    kept::{self, KeptRoutes},
    keys,
    opening::{self, Begun, Ground, Places},
    supervise::supervise,
};
use crate::settings::Settings;

/// How often full rate-limit buckets are dropped.
const SWEEP: Duration = Duration::from_mins(1);
/// How long executors have to finish their calls.
const EXECUTORS_DRAIN: Duration = Duration::from_secs(10);

/// A server that listens.
pub(crate) struct Running {
    /// Empty as long as it was not there.
    pub(crate) database: Arc<OnceLock<Database>>,
    edge: tokio::task::JoinHandle<()>,
    log: Sink,
    writer: tokio::task::JoinHandle<()>,
    executors: Arc<ExecutorPool>,
    tasks: TaskTracker,
}

impl Running {
    /// Waits until everything has finished what it had in hand, in the order in which work flows.
    pub(crate) async fn drain(self) {
        let Self { database, edge, log, writer, executors, tasks } = self;
        let _ = edge.await;
        executors.drain(EXECUTORS_DRAIN).await;
        tasks.close();
        tasks.wait().await;
        // The writer ends when the last sink is gone and all is written.
        drop(log);
        let time = if database.get().is_some() { EXECUTORS_DRAIN } else { Duration::ZERO };
        if tokio::time::timeout(time, writer).await.is_err() {
            tracing::warn!("the invocation log was not written to its end in time");
        }
    }
}

/// Starts everything and prints where to go.
pub(crate) async fn start(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> anyhow::Result<Running> {
    // Sockets first: a taken port is told before anything is started.
    let (listeners, port) = listen(settings).await?;
    let executors = Arc::new(start_executors(settings)?);
    let keys = keys::load(settings, &*entropy)?;
    let lock = database::lock(settings)?;

    let tasks = TaskTracker::new();
    let limits = RateLimits::new(rates(settings));
    let (swept, watched) = (limits.clone(), stop.clone());
    supervise(&tasks, &stop, "rate limits", move || sweep(swept.clone(), watched.clone()));
    let api = ApiSettings {
        limits,
        assets: Arc::new(Embedded),
        metrics: Some(Arc::new(move || metrics.render())),
        shutdown: stop.clone(),
    };
    let installation = Arc::new(installation(settings, port));
    let before = Service::without_database(Arc::clone(&installation), api.clone());
    let ring = keys.ring.clone();
    let means = kept::Means { ring, clock: Arc::clone(&clock), entropy: Arc::clone(&entropy) };
    let places = places(settings, means, before);
    let (log, writer) = invocation_log(Arc::clone(&places.store), Arc::clone(&clock), &*entropy);
    let ground = Ground {
        settings: settings.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        keys,
        lock,
        installation: Arc::clone(&installation),
        functions: executors.clone(),
        log: log.clone(),
        api,
        tasks: tasks.clone(),
        stop: stop.clone(),
        places: places.clone(),
    };
    let begun = opening::begin(Arc::new(ground)).await?;

    let (routes, watched) = (Arc::clone(&places.routes), stop.clone());
    supervise(&tasks, &stop, "kept routes", move || Arc::clone(&routes).run(watched.clone()));
    let writer = tokio::spawn(writer.run());
    let edge = Arc::new(Edge::new(
        edge_settings(settings, &installation)?,
        Outside {
            control: places.control,
            functions: executors.clone(),
            log: Arc::new(log.clone()),
            routes: Arc::new(kept::Shared(places.routes)),
            clock,
            entropy,
        },
    ));
    let serving = Arc::clone(&edge);
    let served = tokio::spawn(async move { serving.serve(listeners, stop).await });
    wait_for_routes(&edge).await;
    match begun {
        Begun::Whole(setup) => greet(&installation, setup.as_ref()),
        Begun::WithoutDatabase => greet_without_database(&installation),
    }
    Ok(Running { database: places.database, edge: served, log, writer, executors, tasks })
}

fn places(settings: &Settings, means: kept::Means, before: Service) -> Places {
    Places {
        control: Arc::new(Control::new(before)),
        routes: Arc::new(KeptRoutes::new(kept::path(&settings.data_dir), means)),
        store: LateStore::default(),
        database: Arc::default(),
    }
}

/// Until the first routes are read, so that what is printed as running answers. Not for ever: the
/// edge says by itself that it is still reading.
async fn wait_for_routes(edge: &Edge) {
    let read = async {
        while edge.table().generation().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(10), read).await.is_err() {
        tracing::warn!("the routes are not read yet; functions answer when they are");
    }
}

/// The use cases without a server, for `croft admin` on the machine itself, beside a running Croft
/// or alone.
pub(crate) async fn on_the_console(settings: &Settings) -> anyhow::Result<(Database, App)> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let keys = keys::load(settings, &*entropy)?;
    let ring = keys.ring.clone();
    let database = if database::is_held(settings) {
        database::join(settings, ring, Arc::clone(&entropy)).await?
    } else {
        let lock = database::lock(settings)?;
        database::open(settings, lock, ring, Arc::clone(&entropy)).await?
    };
    // Nothing done here runs a function, so no process is started for one.
    let pool =
        PoolSettings { spares: 0, ..PoolSettings::new(own_program(), vec!["executor".into()]) };
    let executors = Arc::new(ExecutorPool::start(pool)?);
    let port = settings.listen.first().map_or(0, SocketAddr::port);
    let store = Arc::new(database.store.clone().into());
    let (log, _) = invocation_log(store, Arc::clone(&clock), &*entropy);
    let installation = Arc::new(installation(settings, port));
    let app = opening::app(&database.store, (clock, entropy, executors), log, installation);
    opening::verified(&keys, database, app).await
}

fn installation(settings: &Settings, port: u16) -> Installation {
    let outside = settings.outside(port);
    Installation {
        version: env!("CARGO_PKG_VERSION"),
        zones: Zones {
            domain: settings.domain.clone(),
            control: settings.control_host.clone(),
            apps: settings.apps_domain.clone(),
            development: settings.is_development(),
        },
        scheme: outside.scheme(),
        port: outside.port,
        api_url: if settings.is_development() {
            format!("http://127.0.0.1:{port}/api/v1")
        } else {
            format!("{}/api/v1", outside.url(settings.control_host.as_str()))
        },
    }
}

async fn listen(settings: &Settings) -> anyhow::Result<(Vec<TcpListener>, u16)> {
    let mut listeners = Vec::new();
    for address in &settings.listen {
        let listener = TcpListener::bind(address).await;
        listeners.push(listener.with_context(|| {
            format!("cannot listen on {address}: choose another with --listen or CROFT_LISTEN")
        })?);
    }
    for address in settings.listen_if_possible() {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => tracing::debug!(%address, %error, "not listening there as well"),
        }
    }
    let Some(first) = listeners.first() else { bail!("`listen` names no address") };
    let port = first.local_addr()?.port();
    Ok((listeners, port))
}

/// This very program, even when its file was replaced by an upgrade since.
fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// The first of the user ids that executors run under when Croft is root; below the ranges that
/// distributions give to subordinate ids, above those of people.
const FIRST_EXECUTOR_USER: u32 = 64_000;

fn start_executors(settings: &Settings) -> anyhow::Result<ExecutorPool> {
    let processes = u16::try_from(settings.max_executors.get()).unwrap_or(u16::MAX);
    let pool = PoolSettings {
        processes,
        first_user: rustix::process::geteuid().is_root().then_some(FIRST_EXECUTOR_USER),
        ..PoolSettings::new(own_program(), vec!["executor".into()])
    };
    ExecutorPool::start(pool).context("cannot start the pool of executors")
}

fn rates(settings: &Settings) -> Rates {
    let sign_in = Rate::new(settings.limit_sign_in.get(), settings.limit_sign_in.get());
    Rates {
        caller: Rate::new(settings.limit_api.get(), settings.limit_api_burst.get()),
        anonymous: Rate::new(settings.limit_anonymous.get(), settings.limit_anonymous.get()),
        sign_in_address: sign_in,
        sign_in_account: sign_in,
    }
}

async fn sweep(limits: RateLimits, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP) => limits.sweep(),
        }
    }
}

fn edge_settings(settings: &Settings, installation: &Installation) -> anyhow::Result<EdgeSettings> {
    Ok(EdgeSettings {
        zones: installation.zones.clone(),
        control_origin: installation.control_origin(),
        default_host: DEFAULT_HOST.parse()?,
        trusted_proxies: settings.trusted_proxies.clone(),
        limits: EdgeLimits::default(),
    })
}
