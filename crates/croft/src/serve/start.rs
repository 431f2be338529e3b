//! Making the parts and wiring them together.

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use croft_api::{
    ApiSettings, Service,
    limit::{Rate, RateLimits, Rates},
};
use croft_app::{App, Installation, Passwords};
use croft_edge::{Edge, EdgeLimits, EdgeSettings, Outside};
use croft_functions::{ExecutorPool, PoolSettings};
use croft_model::domain::{DEFAULT_HOST, Zones};
use croft_ports::{Clock, Entropy, clock::SystemClock, entropy::SystemEntropy};
use croft_reconciler::Worker;
use croft_store::{
    Store,
    routes::StoreRoutes,
    sink::{Sink, Writer, invocation_log},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    assets::Embedded, control::Control, database, database::Database, keys, keys::Keys,
    supervise::supervise,
};
use crate::settings::Settings;

/// Passwords hashed at one time.
const HASHES: usize = 2;
/// How often full rate-limit buckets are dropped.
const SWEEP: Duration = Duration::from_mins(1);
/// How long executors have to finish their calls.
const EXECUTORS_DRAIN: Duration = Duration::from_secs(10);

/// A server that listens.
pub(crate) struct Running {
    pub(crate) database: Database,
    edge: tokio::task::JoinHandle<()>,
    log: Sink,
    writer: tokio::task::JoinHandle<()>,
    executors: Arc<ExecutorPool>,
    tasks: TaskTracker,
}

impl Running {
    /// Waits until everything has finished what it had in hand, in the order in which work flows.
    pub(crate) async fn drain(self) {
        let Self { edge, log, writer, executors, tasks, database: _ } = self;
        let _ = edge.await;
        executors.drain(EXECUTORS_DRAIN).await;
        // The writer ends when the last sink is gone and all is written.
        drop(log);
        if tokio::time::timeout(EXECUTORS_DRAIN, writer).await.is_err() {
            tracing::warn!("the invocation log was not written to its end in time");
        }
        tasks.close();
        tasks.wait().await;
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
    let outer = (Arc::clone(&clock), Arc::clone(&entropy), Arc::clone(&executors));
    let (database, app, (log, writer)) = open(settings, port, outer).await?;
    croft_app::functions::seed(&app).await?;
    let setup = croft_app::accounts::setup_secret(&app).await?;

    let tasks = TaskTracker::new();
    if let Some(cluster) = database.cluster.clone() {
        let watched = stop.clone();
        supervise(&tasks, &stop, "postgres", move || {
            let (cluster, stop) = (Arc::clone(&cluster), watched.clone());
            async move { cluster.watch(stop).await }
        });
    }
    let worker = Worker::new(
        database.store.clone(),
        Arc::clone(&clock),
        Arc::clone(&entropy),
        croft_reconciler::Settings::default(),
    );
    worker.seed().await?;
    let (worker, watched) = (Arc::new(worker), stop.clone());
    supervise(&tasks, &stop, "queue", move || Arc::clone(&worker).run(watched.clone()));
    let limits = RateLimits::new(rates(settings));
    let (swept, watched) = (limits.clone(), stop.clone());
    supervise(&tasks, &stop, "rate limits", move || sweep(swept.clone(), watched.clone()));

    let writer = tokio::spawn(writer.run());
    let api = ApiSettings {
        limits,
        assets: Arc::new(Embedded),
        metrics: Some(Arc::new(move || metrics.render())),
        shutdown: stop.clone(),
    };
    let edge = Edge::new(
        edge_settings(settings, &app.installation)?,
        Outside {
            control: Arc::new(Control(Service::new(app.clone(), api))),
            functions: executors.clone(),
            log: Arc::new(log.clone()),
            routes: Arc::new(StoreRoutes::new(
                database.store.clone(),
                settings.apps_domain.clone(),
                DEFAULT_HOST.parse()?,
            )),
            clock,
            entropy,
        },
    );
    let edge = Arc::new(edge);
    let serving = Arc::clone(&edge);
    let served = tokio::spawn(async move { serving.serve(listeners, stop).await });
    wait_for_routes(&edge).await;
    greet(&app.installation, setup.as_ref());
    Ok(Running { database, edge: served, log, writer, executors, tasks })
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
        database::open(settings, ring, Arc::clone(&entropy)).await?
    };
    // Nothing done here runs a function, so no process is started for one.
    let pool =
        PoolSettings { spares: 0, ..PoolSettings::new(own_program(), vec!["executor".into()]) };
    let executors = Arc::new(ExecutorPool::start(pool)?);
    let port = settings.listen.first().map_or(0, SocketAddr::port);
    let (log, _) = invocation_log(database.store.clone(), Arc::clone(&clock));
    let app = app(settings, port, &database.store, (clock, entropy, executors), log);
    verified(&keys, database, app).await
}

/// Time, chance and where functions run.
type Outer = (Arc<dyn Clock>, Arc<dyn Entropy>, Arc<ExecutorPool>);

async fn open(
    settings: &Settings,
    port: u16,
    outer: Outer,
) -> anyhow::Result<(Database, App, (Sink, Writer))> {
    let keys = keys::load(settings, &*outer.1)?;
    let database = database::open(settings, keys.ring.clone(), Arc::clone(&outer.1)).await?;
    let (log, writer) = invocation_log(database.store.clone(), Arc::clone(&outer.0));
    let app = app(settings, port, &database.store, outer, log.clone());
    let (database, app) = verified(&keys, database, app).await?;
    Ok((database, app, (log, writer)))
}

async fn verified(keys: &Keys, database: Database, app: App) -> anyhow::Result<(Database, App)> {
    if let Err(refused) = keys::verify(keys, &app).await {
        database.leave().await?;
        return Err(refused);
    }
    Ok((database, app))
}

fn app(
    settings: &Settings,
    port: u16,
    store: &Store,
    (clock, entropy, functions): Outer,
    log: Sink,
) -> App {
    let outside = settings.outside(port);
    let installation = Installation {
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
    };
    App {
        store: store.clone(),
        clock,
        entropy,
        passwords: Passwords::new(HASHES),
        functions,
        calls: Arc::new(log),
        installation: Arc::new(installation),
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

/// Where to go, on standard output: the only lines there.
fn greet(installation: &Installation, setup: Option<&croft_model::token::Secret>) {
    let origin = installation.control_origin();
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(out, "\nCroft {} is running.\n\n  Dashboard  {origin}", installation.version);
    let _ = writeln!(out, "  API        {}", installation.api_url);
    if let Some(secret) = setup {
        let _ = writeln!(out, "  Set up     {origin}/setup#{}", secret.expose());
        let _ = writeln!(
            out,
            "\nOpen the set-up link to make the first account. It works once; a restart prints a fresh one."
        );
    }
    let _ = writeln!(out);
    let _ = out.flush();
}
