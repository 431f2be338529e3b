//! The last good routes, kept beside the data, so that functions answer after a restart even when
//! the database does not.
//!
//! [`KeptRoutes`] stands between the edge and the store. What the store gives is passed on, put
//! together to a whole and written to a file now and then; as long as the store has not been there,
//! the edge is given what the file holds. It holds secrets, so it is sealed with the master key; a
//! file that does not open is as good as none, and never stops a start.

mod form;
mod file;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use croft_model::id::ProjectId;
use croft_ports::{
    Clock, Entropy,
    route_source::{RouteDelta, RouteSource, SourceUnavailable},
};
use croft_store::KeyRing;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use self::form::{Head, Project};

/// The least time between two writes, and for how much longer than it took a write is rested from:
/// one processor in fifty at most.
const REST: (Duration, u32) = (Duration::from_secs(10), 50);
/// The most.
const REST_AT_MOST: Duration = Duration::from_mins(10);

/// Where it is, below the data directory.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("routes.kept")
}

/// What sealing and writing needs.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) ring: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// A source of routes that remembers.
pub(crate) struct KeptRoutes {
    path: PathBuf,
    means: Means,
    /// Set when the store is there.
    source: OnceLock<Arc<dyn RouteSource>>,
    connected: Notify,
    changes: watch::Sender<u64>,
    state: Mutex<State>,
    /// There is something to write.
    unwritten: Notify,
    /// One write at a time, however the task that asked for it ended.
    writing: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// What the file held, until it is given or of no use any more.
    kept: Option<RouteDelta>,
    /// What the source said, put together; nothing before it said something.
    whole: Option<Whole>,
    /// Whether the file is behind it.
    is_unwritten: bool,
}

/// All projects at one generation.
#[derive(Clone)]
struct Whole {
    generation: u64,
    projects: HashMap<ProjectId, Arc<Project>>,
}

impl State {
    /// Puts a change to what there is.
    fn add(&mut self, delta: &RouteDelta) {
        let none = || Whole { generation: 0, projects: HashMap::new() };
        let whole = self.whole.get_or_insert_with(none);
        if delta.whole {
            whole.projects.clear();
        }
        whole.generation = delta.generation;
        for gone in &delta.gone {
            whole.projects.remove(gone);
        }
        for project in &delta.projects {
            // Strings and numbers only: this cannot fail.
            if let Ok(kept) = Project::of(project) {
                whole.projects.insert(project.project, Arc::new(kept));
            }
        }
        (self.kept, self.is_unwritten) = (None, true);
    }
}

impl KeptRoutes {
    /// One that keeps its state in that file.
    pub(crate) fn new(path: PathBuf, means: Means) -> Self {
        Self {
            path,
            means,
            source: OnceLock::new(),
            connected: Notify::new(),
            changes: watch::Sender::default(),
            state: Mutex::default(),
            unwritten: Notify::new(),
            writing: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something is kept that this key opens. Reads little.
    pub(crate) fn is_there(&self) -> bool {
        file::is_there(&self.path, &self.means.ring).unwrap_or_else(|error| {
            self.ignore(&error);
            false
        })
    }

    /// Reads what is kept, to be given to the edge until the store is there; whether there is
    /// something. Blocks.
    pub(crate) fn load(&self) -> bool {
        match file::read(&self.path, &self.means.ring) {
            Ok(Some(kept)) => {
                let age_s = self.means.clock.now().unix_timestamp() - kept.head.at;
                let (generation, projects) = (kept.head.generation, kept.projects.len());
                tracing::warn!(
                    generation,
                    projects,
                    age_s,
                    "routing by what was kept of the routes"
                );
                self.lock().kept = Some(kept.whole());
                true
            }
            Ok(None) => false,
            Err(error) => {
                self.ignore(&error);
                false
            }
        }
    }

    fn ignore(&self, error: &file::Unreadable) {
        let (path, error) = (self.path.display(), error as &dyn std::error::Error);
        tracing::warn!(%path, error, "the kept routes are not used; they are written anew later");
    }

    /// From now on asks the store.
    pub(crate) fn connect(&self, source: Arc<dyn RouteSource>) {
        if self.source.set(source).is_ok() {
            self.connected.notify_one();
            self.hint();
        }
    }

    fn hint(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Passes the store's hints on and writes what changes, until it is told to stop; then once more
    /// if there is something.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let work = async { tokio::join!(self.pass_hints(), self.write_changes()) };
        stop.run_until_cancelled(work).await;
        self.write().await;
    }

    async fn pass_hints(&self) {
        while self.source.get().is_none() {
            self.connected.notified().await;
        }
        let Some(mut changes) = self.source.get().map(|source| source.changes()) else { return };
        while changes.changed().await.is_ok() {
            self.hint();
        }
    }

    async fn write_changes(self: &Arc<Self>) {
        loop {
            self.unwritten.notified().await;
            let took = self.write().await;
            let (least, times) = REST;
            tokio::time::sleep(took.saturating_mul(times).clamp(least, REST_AT_MOST)).await;
            if self.lock().is_unwritten {
                self.unwritten.notify_one();
            }
        }
    }

    /// Writes what is not written; how long that took.
    async fn write(self: &Arc<Self>) -> Duration {
        let own = Arc::clone(self);
        let began = Instant::now();
        if let Err(error) = tokio::task::spawn_blocking(move || own.write_now()).await {
            tracing::error!(%error, "keeping the routes panicked");
        }
        began.elapsed()
    }

    fn write_now(&self) {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = {
            let mut state = self.lock();
            if !std::mem::take(&mut state.is_unwritten) {
                return;
            }
            // The projects themselves are shared.
            state.whole.clone()
        };
        let Some(Whole { generation, projects }) = whole else { return };
        let (at, count) = (self.means.clock.now().unix_timestamp(), projects.len() as u64);
        let head = Head { generation, at, projects: count };
        let sealing = (&self.means.ring, &*self.means.entropy);
        let began = Instant::now();
        match file::write(&self.path, sealing, head, projects.into_values()) {
            Ok(bytes) => {
                let took_ms = began.elapsed().as_millis();
                tracing::debug!(generation, projects = count, bytes, took_ms, "routes are kept");
                metrics::counter!("croft_kept_routes_writes_total", "result" => "ok").increment(1);
            }
            Err(error) => {
                self.lock().is_unwritten = true;
                let path = self.path.display();
                tracing::warn!(%path, %error, "the routes cannot be kept; without the database a restart would know older ones");
                metrics::counter!("croft_kept_routes_writes_total", "result" => "failed")
                    .increment(1);
            }
        }
    }

    /// What was kept, once and to whoever knows nothing.
    fn last(&self, since: Option<u64>) -> Option<RouteDelta> {
        since.is_none().then(|| self.lock().kept.take()).flatten()
    }

    /// Puts a change to the whole, away from those who wait.
    async fn noted(self: Arc<Self>, delta: RouteDelta) -> Result<RouteDelta, SourceUnavailable> {
        let noted = tokio::task::spawn_blocking(move || {
            self.lock().add(&delta);
            self.unwritten.notify_one();
            delta
        });
        noted.await.map_err(|error| SourceUnavailable(format!("it cannot be kept: {error}")))
    }
}

/// A [`KeptRoutes`] that is shared.
pub(crate) struct Shared(pub(crate) Arc<KeptRoutes>);

#[async_trait]
impl RouteSource for Shared {
    async fn read(&self, since: Option<u64>) -> Result<RouteDelta, SourceUnavailable> {
        let kept = &self.0;
        let Some(source) = kept.source.get() else {
            let nothing = || SourceUnavailable("the database was not there yet".into());
            return kept.last(since).ok_or_else(nothing);
        };
        // What was kept may be a state that the store never had, or has no more: a restored
        // backup counts on from an earlier one. So its first answer is everything.
        let known = since.filter(|_| kept.lock().whole.is_some());
        match source.read(known).await {
            Ok(delta) if delta.is_empty() => Ok(delta),
            Ok(delta) => Arc::clone(kept).noted(delta).await,
            Err(error) => kept.last(since).ok_or(error),
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn in_force(&self, generation: u64) {
        if let Some(source) = self.0.source.get() {
            source.in_force(generation);
        }
    }
}

/// Wraps the kept routes' key with the ring's first key; what does not open is left.
pub(crate) fn rewrap(data_dir: &Path, ring: &KeyRing, entropy: &dyn Entropy) {
    let path = path(data_dir);
    if let Err(error) = file::rewrap(&path, ring, entropy) {
        let (path, error) = (path.display(), &error as &dyn std::error::Error);
        tracing::warn!(%path, error, "the kept routes keep the key they had; they are written anew later");
    }
}

#[cfg(test)]
mod tests;
