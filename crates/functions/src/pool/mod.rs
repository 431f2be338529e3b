//! The executor processes Croft keeps, and who may use them when.
//!
//! A process serves one project from its first call to its end, so nothing of one project can be
//! met by another; a spare is kept ready so that a project's first call need not wait for a start.
//! Projects get processes in the order they asked. With no process free, the one that has been
//! idle longest is ended; with none idle, the one leased longest takes no more calls, ends those
//! it has and makes room. Where memory is short, projects begin calls one by one in turn. Calls wait
//! here, never in a process, and every wait has a bound.

mod job;
mod memory;
mod lease;
mod cgroup;
mod process;
mod state;
mod supervise;

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use croft_model::id::ProjectId;
use croft_ports::function_invoker::{Call, CheckError, Done, FunctionInvoker};
use tokio::sync::{Notify, oneshot};

use self::{job::Job, state::State};
use crate::frame::Parts;

/// How long a source may take to compile, waiting included.
const CHECK_TIME: Duration = Duration::from_secs(5);
/// How long after its bound an answer is awaited that the pool itself should have given.
const GRACE: Duration = Duration::from_secs(2);

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program to start; Croft's own, from `/proc/self/exe`.
    pub program: PathBuf,
    /// Its arguments, such as `executor`.
    pub args: Vec<OsString>,
    /// When Croft is root: the first of [`Self::processes`] user (and group) ids that nothing else
    /// uses; every process gets one of them for itself.
    pub first_user: Option<u32>,
    /// Processes at one time.
    pub processes: u16,
    /// Processes kept ready for the next project.
    pub spares: u16,
    /// Address space of a process, in bytes.
    pub address_space_bytes: u64,
    /// Where the kernel's control groups are, when Croft is root: with them it limits what
    /// processes hold beside what their calls may.
    pub control_groups: Option<PathBuf>,
    /// What all running calls together may hold in memory by their budgets, in bytes, and half of
    /// it what those of one project may; more wait. A call larger than that runs alone.
    pub memory_bytes: u64,
    /// Calls of one project that may wait.
    pub waiting_per_project: usize,
    /// Calls of all projects that may wait.
    pub waiting: usize,
    /// After so long without a call a project's process is taken back.
    pub idle: Duration,
    /// For so long a project has its process for certain while others wait for one.
    pub slice: Duration,
}

impl PoolSettings {
    /// The usual settings for executor processes started as `program args...`: half of the
    /// machine's memory for calls.
    pub fn new(program: PathBuf, args: Vec<OsString>) -> Self {
        let machine = rustix::system::sysinfo();
        Self {
            program,
            args,
            first_user: None,
            processes: 32,
            spares: 1,
            address_space_bytes: 4 * 1024 * 1024 * 1024,
            control_groups: rustix::process::geteuid().is_root().then(|| "/sys/fs/cgroup".into()),
            memory_bytes: machine.totalram.saturating_mul(machine.mem_unit.into()) / 2,
            waiting_per_project: 256,
            waiting: 4096,
            idle: Duration::from_secs(30),
            slice: Duration::from_millis(250),
        }
    }
}

/// What a pool is doing, for operators and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolStatus {
    /// Its processes.
    pub processes: Vec<ProcessStatus>,
    /// Calls that wait.
    pub waiting: usize,
    /// What was sent to processes since the pool began.
    pub sent: SentCounts,
}

/// What is sent to a process once for many calls, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentCounts {
    /// Texts of functions.
    pub sources: u64,
    /// Environments.
    pub environments: u64,
}

impl SentCounts {
    fn add(&mut self, parts: Parts) {
        self.sources += u64::from(parts.source);
        self.environments += u64::from(parts.environment);
    }
}

/// One executor process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessStatus {
    /// Its process id.
    pub pid: u32,
    /// Whose it is; nobody's yet when it is a spare.
    pub project: Option<ProjectId>,
    /// Calls it runs.
    pub running: usize,
}

/// The pool: runs functions in executor processes.
#[derive(Debug)]
pub struct ExecutorPool {
    inner: Arc<Inner>,
}

/// What the pool's tasks share.
#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Wakes the supervisor.
    busy: Notify,
    /// Told whenever a call ended or a process was reaped.
    settled: Notify,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExecutorPool {
    /// Starts a pool on the current tokio runtime. Its first spare starts at once; when that does
    /// not go, calls are answered `Unavailable` with the reason and the next call tries again.
    pub fn start(settings: PoolSettings) -> std::io::Result<Self> {
        let inner = Arc::new_cyclic(|inner| Inner {
            state: Mutex::new(State::new(settings, inner.clone())),
            busy: Notify::new(),
            settled: Notify::new(),
        });
        inner.lock().open()?;
        tokio::spawn(supervise::supervise(Arc::clone(&inner)));
        Ok(Self { inner })
    }

    /// What it is doing.
    pub fn status(&self) -> PoolStatus {
        self.inner.lock().status()
    }

    /// Takes no more calls, waits at most `within` for those it has, then ends all processes.
    pub async fn drain(&self, within: Duration) {
        self.inner.lock().close();
        let empty = self.settled_when(State::is_quiet);
        if tokio::time::timeout(within, empty).await.is_err() {
            tracing::warn!("functions were still running at the end of the drain and are ended");
        }
        self.inner.lock().end_all();
        let reaped = self.settled_when(State::is_empty);
        if tokio::time::timeout(GRACE, reaped).await.is_err() {
            tracing::warn!("an executor process did not end when it was killed");
        }
        let spawner = self.inner.lock().retire();
        if let Some(spawner) = spawner {
            // With it goes the processes' control group. It is at most within one start.
            let _ = tokio::task::spawn_blocking(|| spawner.join()).await;
        }
    }

    async fn settled_when(&self, condition: impl Fn(&State) -> bool) {
        loop {
            let settled = self.inner.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if condition(&self.inner.lock()) {
                return;
            }
            settled.await;
        }
    }

    fn submit(&self, project: ProjectId, job: Job, deadline: Instant) {
        if self.inner.lock().submit(project, job, deadline) {
            self.inner.busy.notify_one();
        }
    }
}

impl Drop for ExecutorPool {
    fn drop(&mut self) {
        let mut state = self.inner.lock();
        state.close();
        state.end_all();
        self.inner.busy.notify_one();
    }
}

#[async_trait]
impl FunctionInvoker for ExecutorPool {
    async fn invoke(&self, call: Call) -> Done {
        let deadline = Instant::now() + Duration::from_millis(call.budget.time_ms);
        let (reply, answer) = oneshot::channel();
        self.submit(call.project, Job::Run { call: Box::new(call), reply }, deadline);
        match tokio::time::timeout_at((deadline + GRACE).into(), answer).await {
            Ok(Ok(done)) => done,
            _ => job::not_run("the pool of executors gave no answer; this is a fault of Croft"),
        }
    }

    async fn check(&self, project: ProjectId, source: Arc<str>) -> Result<(), CheckError> {
        let deadline = Instant::now() + CHECK_TIME;
        let (reply, answer) = oneshot::channel();
        self.submit(project, Job::Check { source, reply }, deadline);
        match tokio::time::timeout_at((deadline + GRACE).into(), answer).await {
            Ok(Ok(result)) => result,
            _ => Err(CheckError::Unavailable("the pool of executors gave no answer".to_owned())),
        }
    }
}
