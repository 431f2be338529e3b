//! Who to wake after a commit. Hints only: everyone who waits here also looks by themselves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use croft_model::id::ProjectId;
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

/// How long a look at a stream may be put off when nothing hints at something new.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// The longest that a change waits to be in force; it takes some milliseconds.
const IN_FORCE: Duration = Duration::from_secs(2);

/// What a transaction touched that somebody may be waiting for.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) routes: TouchedRoutes,
    pub(crate) due: bool,
    /// Streams of events, by id.
    pub(crate) events: Vec<Uuid>,
    /// Projects whose calls were written down, by id.
    pub(crate) calls: Vec<Uuid>,
}

/// Projects of which the edge has to read something again.
#[derive(Debug, Default)]
pub(crate) struct TouchedRoutes {
    /// These.
    pub(crate) projects: Vec<Uuid>,
    /// All projects of these teams.
    pub(crate) teams: Vec<Uuid>,
    /// These, which are gone, with their teams.
    pub(crate) gone: Vec<(Uuid, Uuid)>,
    /// What the commit counted them as.
    pub(crate) generation: u64,
}

impl TouchedRoutes {
    pub(crate) fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.teams.is_empty() && self.gone.is_empty()
    }
}

/// Counters that move when something was committed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hints {
    routes: Arc<watch::Sender<u64>>,
    in_force: Arc<watch::Sender<u64>>,
    due: Arc<watch::Sender<u64>>,
    events: Streams,
    calls: Streams,
}

/// The followed streams of a kind; those that nobody follows are not in here.
#[derive(Debug, Clone, Default)]
struct Streams(Arc<Mutex<HashMap<Uuid, watch::Sender<u64>>>>);

/// Moves when there is something new in one stream. Dropped when it is followed no more.
#[derive(Debug)]
pub struct StreamHint {
    streams: Streams,
    stream: Uuid,
    moved: watch::Receiver<u64>,
}

impl Default for Hints {
    fn default() -> Self {
        let sender = || Arc::new(watch::Sender::new(0));
        Self {
            routes: sender(),
            // Until an edge says otherwise nobody is behind.
            in_force: Arc::new(watch::Sender::new(u64::MAX)),
            due: sender(),
            events: Streams::default(),
            calls: Streams::default(),
        }
    }
}

impl Hints {
    pub(crate) fn wake(&self, touched: &Touched) {
        if !touched.routes.is_empty() {
            // Commits can come to this in another order than they were counted.
            self.routes.send_modify(|n| *n = touched.routes.generation.max(*n));
        }
        if touched.due {
            self.due.send_modify(|n| *n += 1);
        }
        self.events.wake(&touched.events);
        self.calls.wake(&touched.calls);
    }

    /// Waits until the edge routes by all that was committed here so far: briefly, and not at all
    /// where there is no edge. What it waits for comes about also without it.
    pub(crate) async fn routes_in_force(&self) {
        let wanted = *self.routes.borrow();
        let mut in_force = self.in_force.subscribe();
        let _ = timeout(IN_FORCE, in_force.wait_for(|generation| *generation >= wanted)).await;
    }

    /// What the edge routes by.
    pub(crate) fn routes_are(&self, generation: u64) {
        self.in_force.send_replace(generation);
    }

    /// Moves when routes, hosts or projects changed: the generation of the latest change.
    pub fn routes(&self) -> watch::Receiver<u64> {
        self.routes.subscribe()
    }

    /// Moves when something may have become due.
    pub fn due(&self) -> watch::Receiver<u64> {
        self.due.subscribe()
    }

    /// Moves when there are new events in the stream of this id.
    pub(crate) fn events_of(&self, stream: Uuid) -> StreamHint {
        self.events.hint(stream)
    }

    /// Moves when calls of a project's functions were written down.
    pub fn calls(&self, project: ProjectId) -> StreamHint {
        self.calls.hint(project.uuid())
    }
}

impl Streams {
    fn hint(&self, stream: Uuid) -> StreamHint {
        let moved = self.lock().entry(stream).or_default().subscribe();
        StreamHint { streams: self.clone(), stream, moved }
    }

    fn wake(&self, touched: &[Uuid]) {
        if touched.is_empty() {
            return;
        }
        let followed = self.lock();
        for counter in touched.iter().filter_map(|stream| followed.get(stream)) {
            counter.send_modify(|n| *n += 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamHint {
    /// Waits until there may be something new: until it moves, at most [`LOOK_AGAIN`].
    pub async fn wait(&mut self) {
        // The sender stays for as long as there is a receiver. Timed out or moved: look again.
        let _ = timeout(LOOK_AGAIN, self.moved.changed()).await;
    }
}

impl Drop for StreamHint {
    fn drop(&mut self) {
        let mut followed = self.streams.lock();
        // While the streams are held, or of two that leave at once each would count the other.
        self.moved = watch::channel(0).1;
        if followed.get(&self.stream).is_some_and(|counter| counter.receiver_count() == 0) {
            followed.remove(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_follows_a_stream_is_woken_and_who_left_is_forgotten() {
        let hints = Hints::default();
        let [one, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let wake = |streams: &[Uuid]| {
            hints.wake(&Touched { events: streams.to_vec(), ..Touched::default() });
        };
        let woken = |hint: &mut StreamHint| {
            let changed = hint.moved.has_changed().unwrap();
            hint.moved.mark_unchanged();
            changed
        };
        let mut first = hints.events_of(one);
        let mut second = hints.events_of(one);
        let mut third = hints.events_of(other);
        wake(&[one, Uuid::from_u128(3)]);
        assert!(woken(&mut first));
        assert!(!woken(&mut first));
        assert!(woken(&mut second));
        assert!(!woken(&mut third));
        assert_eq!(hints.events.lock().len(), 2, "what nobody follows is not kept");
        drop(first);
        wake(&[one, other]);
        assert!(woken(&mut second));
        assert!(woken(&mut third));
        drop((second, third));
        assert!(hints.events.lock().is_empty());
    }
}
