//! Who has which process and who waits: every choice of the pool, made under one lock.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Weak, mpsc},
    thread::JoinHandle,
    time::Instant,
};

use croft_model::id::ProjectId;
use croft_ports::function_invoker::Outcome;

use super::{
    Inner, PoolSettings, PoolStatus, ProcessStatus, SentCounts,
    job::Job,
    lease::Lease,
    memory::Memory,
    process::{self, End, Process},
    supervise::Load,
};
use crate::frame::Answer;

const CLOSED: &str = "Croft is stopping and takes no more calls";
const PROJECT_FULL: &str = "too many calls of this project are waiting; raise its limit of calls \
                            at one time, or call it less often";
const POOL_FULL: &str = "too many calls are waiting for an executor; try again shortly";
const NO_TURN: &str = "no executor was free for this call within the time it may take";

#[derive(Debug)]
struct Waiting {
    job: Job,
    deadline: Instant,
}

/// A project with a process, with waiting calls, or both.
#[derive(Debug, Default)]
struct Project {
    lease: Option<Lease>,
    waiting: VecDeque<Waiting>,
    /// Whether it stands in the queue for a process.
    queued: bool,
    /// Whether it stands in line to begin a call.
    lined_up: bool,
}

impl Project {
    /// Ends what at the head of those waiting is late or wanted by nobody; says how many those are.
    fn drop_stale(&mut self, now: Instant) -> usize {
        let before = self.waiting.len();
        while self.waiting.front().is_some_and(|w| w.deadline <= now || w.job.is_abandoned())
            && let Some(stale) = self.waiting.pop_front()
        {
            stale.job.fail(Outcome::Unavailable(NO_TURN.to_owned()));
        }
        before - self.waiting.len()
    }
}

/// A place to start a process in: its id and slot.
type Start = (u64, u16);

#[derive(Debug)]
pub(super) struct State {
    settings: Arc<PoolSettings>,
    inner: Weak<Inner>,
    /// To the thread that starts processes, and the thread.
    starter: Option<mpsc::Sender<Start>>,
    spawner: Option<JoinHandle<()>>,
    free: Vec<u16>,
    next_id: u64,
    starting: usize,
    spares: Vec<Arc<Process>>,
    projects: HashMap<ProjectId, Project>,
    owners: HashMap<u64, ProjectId>,
    /// Projects that want a process.
    queue: VecDeque<ProjectId>,
    memory: Memory,
    /// Projects that have a process and want memory for a call.
    line: VecDeque<ProjectId>,
    waiting: usize,
    sent: SentCounts,
    closed: bool,
}

impl State {
    pub(super) fn new(settings: PoolSettings, inner: Weak<Inner>) -> Self {
        Self {
            free: (0..settings.processes.max(1)).rev().collect(),
            memory: Memory::new(settings.memory_bytes),
            settings: Arc::new(settings),
            inner,
            starter: None,
            spawner: None,
            next_id: 0,
            starting: 0,
            spares: Vec::new(),
            projects: HashMap::new(),
            owners: HashMap::new(),
            queue: VecDeque::new(),
            line: VecDeque::new(),
            waiting: 0,
            sent: SentCounts::default(),
            closed: false,
        }
    }

    /// Starts the thread that starts processes, and the spares. Must be called on the runtime.
    pub(super) fn open(&mut self) -> io::Result<()> {
        let (starter, starts) = mpsc::channel::<Start>();
        let (inner, settings) = (self.inner.clone(), Arc::clone(&self.settings));
        let runtime = tokio::runtime::Handle::current();
        let spawner = std::thread::Builder::new().name("function-spawner".to_owned());
        self.spawner = Some(spawner.spawn(move || {
            let _on_runtime = runtime.enter();
            let mut group = None;
            for (id, slot) in starts {
                let group = group.get_or_insert_with(|| process::group(&settings)).as_ref();
                process::start(inner.clone(), &settings, group, id, slot);
            }
        })?);
        self.starter = Some(starter);
        self.assign(Instant::now());
        Ok(())
    }

    pub(super) fn status(&self) -> PoolStatus {
        let of = |process: &Process, project, running| ProcessStatus {
            pid: process.pid,
            project,
            running,
        };
        let leased = self.projects.iter().filter_map(|(id, project)| {
            let lease = project.lease.as_ref()?;
            Some(of(&lease.process, Some(*id), lease.running()))
        });
        let processes = self.spares.iter().map(|p| of(p, None, 0)).chain(leased).collect();
        PoolStatus { processes, waiting: self.waiting, sent: self.sent }
    }

    /// Begins a job or lets it wait; `true` when the supervisor is to look after it.
    pub(super) fn submit(&mut self, id: ProjectId, job: Job, deadline: Instant) -> bool {
        if self.closed {
            job.fail(Outcome::Unavailable(CLOSED.to_owned()));
            return false;
        }
        let now = Instant::now();
        let project = self.projects.entry(id).or_default();
        if project.waiting.is_empty()
            && self.line.is_empty()
            && let Some(lease) = project.lease.as_mut().filter(|lease| lease.has_room(&job))
            && let Some(memory) = self.memory.reserve(job.memory_bytes())
        {
            let first = lease.running() == 0;
            self.sent.add(lease.begin(job, memory, deadline, now));
            return first;
        }
        let full = if project.waiting.len() >= self.settings.waiting_per_project {
            Some(PROJECT_FULL)
        } else if self.waiting >= self.settings.waiting {
            Some(POOL_FULL)
        } else {
            None
        };
        if let Some(reason) = full {
            job.fail(Outcome::Unavailable(reason.to_owned()));
            self.forget_if_unused(id);
            return false;
        }
        project.waiting.push_back(Waiting { job, deadline });
        self.waiting += 1;
        self.enqueue(id);
        self.assign(now);
        self.line_up(id, now);
        true
    }

    /// A process takes orders.
    pub(super) fn ready(&mut self, process: Arc<Process>) {
        self.starting -= 1;
        self.spares.push(process);
        self.assign(Instant::now());
        if self.closed {
            // Those who still wait have theirs now.
            for spare in &self.spares {
                spare.kill();
            }
        }
    }

    /// A process could not be started. Who waits for one is told, and the next call tries again.
    pub(super) fn start_failed(&mut self, slot: u16, problem: &str) {
        tracing::error!(problem, "an executor process for functions did not start");
        self.starting -= 1;
        self.free.push(slot);
        if self.starting > 0 {
            return;
        }
        for id in std::mem::take(&mut self.queue) {
            let Some(project) = self.projects.get_mut(&id) else { continue };
            project.queued = false;
            self.waiting -= project.waiting.len();
            for waiting in project.waiting.drain(..) {
                waiting.job.fail(Outcome::Unavailable(problem.to_owned()));
            }
            self.forget_if_unused(id);
        }
    }

    /// A process said something; an error means it is to be killed.
    pub(super) fn answered(&mut self, process: &Process, answer: Answer) -> Result<(), String> {
        let now = Instant::now();
        let id = self.owners.get(&process.id).ok_or("it spoke before it was asked")?;
        let (id, project) = (*id, self.projects.get_mut(id));
        let lease = project.and_then(|p| p.lease.as_mut()).ok_or("its project is gone")?;
        self.sent.add(lease.answered(answer, now)?);
        self.line_up(id, now);
        Ok(())
    }

    /// A process is gone. What it ran ends with it; what waited for it gets another.
    pub(super) fn ended(&mut self, process: &Process, end: End) {
        let now = Instant::now();
        self.free.push(process.slot);
        let Some(id) = self.owners.remove(&process.id) else {
            // A spare. The next call or look starts another, so that one that cannot live is not
            // started over and over.
            self.spares.retain(|spare| spare.id != process.id);
            return;
        };
        if let Some(lease) = self.projects.get_mut(&id).and_then(|p| p.lease.take()) {
            if !lease.is_ending() {
                tracing::warn!(project.id = %id, process.pid, ?end, "an executor process ended");
            }
            lease.ended(end, now);
        }
        self.enqueue(id);
        self.forget_if_unused(id);
        self.assign(now);
        self.begin_waiting(now);
    }

    /// Ends what is late, idle or no longer wanted.
    pub(super) fn look(&mut self, now: Instant) -> Load {
        let idle = self.settings.idle;
        for (id, project) in &mut self.projects {
            let before = project.waiting.len();
            project.waiting.retain(|w| !w.job.is_abandoned());
            self.waiting -= before - project.waiting.len();
            self.waiting -= project.drop_stale(now);
            let Some(lease) = &mut project.lease else { continue };
            if lease.end_late(now) {
                tracing::warn!(project.id = %id, process.pid = lease.process.pid,
                    "a call of a function outlived its time and its process was ended");
            }
            let rests = lease.running() == 0 && project.waiting.is_empty();
            if rests && !lease.is_ending() && now.duration_since(lease.last) >= idle {
                lease.end();
            }
        }
        self.assign(now);
        self.begin_waiting(now);
        self.load()
    }

    fn load(&self) -> Load {
        let running = |p: &Project| p.lease.as_ref().is_some_and(|lease| lease.running() > 0);
        if self.closed && self.is_empty() {
            Load::Over
        } else if self.waiting > 0 || self.projects.values().any(running) {
            Load::Busy
        } else if self.projects.is_empty() && !self.closed {
            Load::Nothing
        } else {
            Load::Held
        }
    }

    /// Starts no process any more; what is left of what starts them.
    pub(super) fn retire(&mut self) -> Option<JoinHandle<()>> {
        self.starter = None;
        self.spawner.take()
    }

    /// Takes no more calls.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Ends all processes, whatever they run, and all waiting.
    pub(super) fn end_all(&mut self) {
        for spare in &self.spares {
            spare.kill();
        }
        for project in self.projects.values_mut() {
            self.waiting -= project.waiting.len();
            for waiting in project.waiting.drain(..) {
                waiting.job.fail(Outcome::Unavailable(CLOSED.to_owned()));
            }
            if let Some(lease) = &mut project.lease {
                lease.kill();
            }
        }
    }

    /// Whether no call runs or waits.
    pub(super) fn is_quiet(&self) -> bool {
        self.load() != Load::Busy
    }

    /// Whether no process is left.
    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == usize::from(self.settings.processes.max(1))
    }

    /// Puts a project that waits without a process into the queue.
    fn enqueue(&mut self, id: ProjectId) {
        let Some(project) = self.projects.get_mut(&id) else { return };
        if project.lease.is_none() && !project.queued && !project.waiting.is_empty() {
            project.queued = true;
            self.queue.push_back(id);
        }
    }

    fn forget_if_unused(&mut self, id: ProjectId) {
        let unused =
            |p: &Project| p.lease.is_none() && p.waiting.is_empty() && !p.queued && !p.lined_up;
        if self.projects.get(&id).is_some_and(unused) {
            self.projects.remove(&id);
        }
    }

    /// Lets a project's waiting calls begin in turn with those of others.
    fn line_up(&mut self, id: ProjectId, now: Instant) {
        if let Some(project) = self.projects.get_mut(&id)
            && project.lease.is_some()
            && !project.waiting.is_empty()
            && !project.lined_up
        {
            project.lined_up = true;
            self.line.push_back(id);
        }
        self.begin_waiting(now);
    }

    /// Begins waiting calls while there is memory, one of each project in line at a time.
    fn begin_waiting(&mut self, now: Instant) {
        while let Some(id) = self.line.pop_front() {
            let Some(project) = self.projects.get_mut(&id) else { continue };
            self.waiting -= project.drop_stale(now);
            let next = project.waiting.front();
            let able = project.lease.as_mut().zip(next).filter(|(l, next)| l.has_room(&next.job));
            let Some((lease, next)) = able else {
                // It stands in line again when a call of its own ends.
                project.lined_up = false;
                self.forget_if_unused(id);
                continue;
            };
            let Some(memory) = self.memory.reserve(next.job.memory_bytes()) else {
                self.line.push_front(id);
                return;
            };
            if let Some(Waiting { job, deadline }) = project.waiting.pop_front() {
                self.waiting -= 1;
                self.sent.add(lease.begin(job, memory, deadline, now));
            }
            self.line.push_back(id);
        }
    }

    /// Gives processes to the projects in the queue, and sees that there will be more.
    fn assign(&mut self, now: Instant) {
        while let Some(&id) = self.queue.front() {
            let wants = self.projects.get(&id).is_some_and(|p| !p.waiting.is_empty());
            if wants && self.spares.is_empty() {
                break;
            }
            self.queue.pop_front();
            let Some(project) = self.projects.get_mut(&id) else { continue };
            project.queued = false;
            if wants && let Some(process) = self.spares.pop() {
                self.owners.insert(process.id, id);
                let most_memory = self.settings.memory_bytes / 2;
                project.lease = Some(Lease::new(process, most_memory, now));
                self.line_up(id, now);
            } else {
                self.forget_if_unused(id);
            }
        }
        if self.closed && self.queue.is_empty() {
            return;
        }
        let spares = if self.closed { 0 } else { usize::from(self.settings.spares) };
        while self.starting + self.spares.len() < self.queue.len() + spares && self.start_one() {}
        self.make_room(now);
    }

    fn start_one(&mut self) -> bool {
        let (Some(starter), Some(&slot)) = (&self.starter, self.free.last()) else { return false };
        if starter.send((self.next_id, slot)).is_err() {
            return false;
        }
        self.free.pop();
        self.next_id += 1;
        self.starting += 1;
        true
    }

    /// Takes processes back for projects that wait while no more may be started: first idle ones,
    /// the longest idle first, then those leased longest and for a slice at least.
    fn make_room(&mut self, now: Instant) {
        let slice = self.settings.slice;
        let leases = || self.projects.values().filter_map(|p| p.lease.as_ref());
        let coming = self.starting + leases().filter(|lease| lease.is_ending()).count();
        for _ in coming..self.queue.len() {
            let candidates = self.projects.values_mut().filter_map(|project| {
                let rests = project.waiting.is_empty();
                let lease = project.lease.as_mut().filter(|lease| !lease.is_ending())?;
                let idle = rests && lease.running() == 0;
                let due = now.duration_since(lease.since) >= slice;
                (idle || due).then_some((!idle, if idle { lease.last } else { lease.since }, lease))
            });
            let Some((.., lease)) = candidates.min_by_key(|(busy, age, _)| (*busy, *age)) else {
                return;
            };
            lease.end();
        }
    }
}
