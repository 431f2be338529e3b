//! What needs the database: made when the database is there, at the start or later.
//!
//! Croft listens and functions answer without it, if the routes were kept ([`super::kept`]).

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use croft_api::{ApiSettings, Service};
use croft_app::{App, Installation, Passwords};
use croft_model::{domain::DEFAULT_HOST, token::Secret};
use croft_ports::{Clock, Entropy, function_invoker::FunctionInvoker};
use croft_providers::postgres::DataDirLock;
use croft_reconciler::Worker;
use croft_store::{LateStore, Store, routes::StoreRoutes, sink::Sink};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    control::Control,
    database::{self, Database},
    greeting::greet,
    kept::KeptRoutes,
    keys::{self, Keys},
    supervise::supervise,
};
use crate::settings::Settings;

/// Passwords hashed at one time.
const HASHES: usize = 2;
/// How long the database has to be there before functions are served without it.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pauses between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How long a start of Postgres that is under way is awaited at the end.
const LAST: Duration = Duration::from_secs(10);

/// What there is whether or not the database is.
pub(super) struct Ground {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keys: Keys,
    pub(super) lock: Arc<DataDirLock>,
    pub(super) installation: Arc<Installation>,
    pub(super) functions: Arc<dyn FunctionInvoker>,
    pub(super) log: Sink,
    pub(super) api: ApiSettings,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    /// Where it is put.
    pub(super) places: Places,
}

/// Where what needs the database is put, once.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) control: Arc<Control>,
    pub(super) routes: Arc<KeptRoutes>,
    /// For the invocation log.
    pub(super) store: LateStore,
    pub(super) database: Arc<OnceLock<Database>>,
}

/// An open database, and what was found in it.
struct Opened {
    database: Database,
    app: App,
    worker: Worker,
    setup: Option<Secret>,
}

type Attempt = Pin<Box<dyn Future<Output = anyhow::Result<Opened>> + Send>>;

/// How a start went.
pub(super) enum Begun {
    /// Everything is there; with the set-up link's secret, if it is not set up.
    Whole(Option<Secret>),
    /// Without the database; it is tried again until it is there.
    WithoutDatabase,
}

/// Opens the database, or says why it is not to be used. When it is only away and the routes were
/// kept, goes on trying beside.
pub(super) async fn begin(ground: Arc<Ground>) -> anyhow::Result<Begun> {
    let mut first = attempt(&ground);
    let routes = &ground.places.routes;
    if !routes.is_there() {
        return Ok(Begun::Whole(ground.install(first.await?)?));
    }
    let first = match tokio::time::timeout(PATIENCE, &mut first).await {
        Ok(Ok(opened)) => return Ok(Begun::Whole(ground.install(opened)?)),
        Ok(Err(error)) if !database::is_away(&error) => return Err(error),
        // As if it were still under way.
        Ok(Err(error)) => Box::pin(std::future::ready(Err(error))) as Attempt,
        Err(_) => first,
    };
    let kept = Arc::clone(routes);
    if !tokio::task::spawn_blocking(move || kept.load()).await? {
        return Ok(Begun::Whole(ground.install(first.await?)?));
    }
    let (mut first, own) = (Some(first), Arc::clone(&ground));
    supervise(&ground.tasks, &ground.stop, "database", move || {
        let first = first.take().unwrap_or_else(|| attempt(&own));
        go_on(Arc::clone(&own), first)
    });
    Ok(Begun::WithoutDatabase)
}

fn attempt(ground: &Arc<Ground>) -> Attempt {
    let ground = Arc::clone(ground);
    Box::pin(async move { ground.open().await })
}

/// Tries until the database is there, then rests until the end.
async fn go_on(ground: Arc<Ground>, mut next: Attempt) {
    let (mut pause, longest) = PAUSES;
    loop {
        let opened = tokio::select! {
            opened = &mut next => opened,
            () = ground.stop.cancelled() => return ground.leave(next).await,
        };
        let error = match opened.and_then(|opened| ground.install(opened)) {
            Ok(setup) => {
                tracing::info!("the database is there; everything answers again");
                greet(&ground.installation, setup.as_ref());
                break;
            }
            Err(error) => error,
        };
        let again_in_s = pause.as_secs();
        if database::is_away(&error) {
            tracing::warn!(
                error = format!("{error:#}"),
                again_in_s,
                "the database is not there; functions answer by the kept routes"
            );
        } else {
            tracing::error!(
                error = format!("{error:#}"),
                again_in_s,
                "the database cannot be used as it is; functions answer by the kept routes"
            );
        }
        metrics::counter!("croft_database_open_failures_total").increment(1);
        tokio::select! {
            () = ground.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(longest);
        next = attempt(&ground);
    }
    ground.stop.cancelled().await;
}

impl Ground {
    async fn open(&self) -> anyhow::Result<Opened> {
        let (settings, entropy) = (&self.settings, Arc::clone(&self.entropy));
        let ring = self.keys.ring.clone();
        let database = database::open(settings, Arc::clone(&self.lock), ring, entropy).await?;
        let outer =
            (Arc::clone(&self.clock), Arc::clone(&self.entropy), Arc::clone(&self.functions));
        let installation = Arc::clone(&self.installation);
        let app = app(&database.store, outer, self.log.clone(), installation);
        let (database, app) = verified(&self.keys, database, app).await?;
        croft_app::functions::seed(&app).await?;
        let setup = croft_app::accounts::setup_secret(&app).await?;
        let worker = Worker::new(
            database.store.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.entropy),
            croft_reconciler::Settings::default(),
        );
        worker.seed().await?;
        Ok(Opened { database, app, worker, setup })
    }

    /// Puts everything in its place.
    fn install(&self, opened: Opened) -> anyhow::Result<Option<Secret>> {
        let Opened { database, app, worker, setup } = opened;
        let (tasks, stop, places) = (&self.tasks, &self.stop, &self.places);
        if let Some(cluster) = database.cluster.clone() {
            let watched = stop.clone();
            supervise(tasks, stop, "postgres", move || {
                let (cluster, stop) = (Arc::clone(&cluster), watched.clone());
                async move { cluster.watch(stop).await }
            });
        }
        let (worker, watched) = (Arc::new(worker), stop.clone());
        supervise(tasks, stop, "queue", move || Arc::clone(&worker).run(watched.clone()));
        let (apps, default_host) = (self.settings.apps_domain.clone(), DEFAULT_HOST.parse()?);
        let routes = StoreRoutes::new(database.store.clone(), apps, default_host);
        places.routes.connect(Arc::new(routes));
        places.control.open(Service::new(app, self.api.clone()));
        // Each once: nobody else sets them.
        let _ = places.store.set(database.store.clone());
        let _ = places.database.set(database);
        Ok(setup)
    }

    /// Croft ends while it tries: a private Postgres that is just starting must not be left behind.
    async fn leave(&self, attempt: Attempt) {
        if self.settings.database_url.is_some() {
            return;
        }
        if let Ok(Ok(opened)) = tokio::time::timeout(LAST, attempt).await {
            let _ = self.places.database.set(opened.database);
        }
    }
}

/// Time, chance and where functions run.
pub(super) type Outer = (Arc<dyn Clock>, Arc<dyn Entropy>, Arc<dyn FunctionInvoker>);

/// The use cases.
pub(super) fn app(
    store: &Store,
    (clock, entropy, functions): Outer,
    log: Sink,
    installation: Arc<Installation>,
) -> App {
    App {
        store: store.clone(),
        clock,
        entropy,
        passwords: Passwords::new(HASHES),
        functions,
        calls: Arc::new(log),
        installation,
    }
}

/// An open database with use cases that its keys fit.
pub(super) async fn verified(
    keys: &Keys,
    database: Database,
    app: App,
) -> anyhow::Result<(Database, App)> {
    if let Err(refused) = keys::verify(keys, &app).await {
        database.leave().await?;
        return Err(refused);
    }
    Ok((database, app))
}
