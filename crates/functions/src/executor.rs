//! The executor process: reads orders, runs them on threads, answers.
//!
//! It belongs to one project for its whole life and knows nothing but what its orders say.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use croft_ports::function_invoker::{FunctionEnvironment, LogLine, Outcome, ScriptError};

use crate::{
    alloc, capabilities, confine,
    context::Context,
    engine::{Engine, STACK_BYTES, Script},
    frame::{self, Answer, Hello, MAX_LANES, OrderOwned, Parts, RunOwned},
    kept::{Kept, Key},
    meter,
    outbox::Outbox,
};

/// Compiled scripts kept, and the bytes of their sources.
const MAX_SCRIPTS: usize = 64;
const MAX_SCRIPT_BYTES: usize = 4 * 1024 * 1024;
/// Environments kept, and the bytes in them: the one of now, and some of before for calls that
/// were on their way.
const MAX_ENVIRONMENTS: usize = 4;
const MAX_ENVIRONMENT_BYTES: usize = 16 * 1024 * 1024;
/// What a call may take above its memory within one native step.
const STEP_BYTES: u64 = 8 * 1024 * 1024;
const READ_BYTES: usize = 64 * 1024;

/// The whole life of an executor process; its socket is standard input. Ends when Croft closes
/// the socket, also when Croft is killed.
pub fn run_executor() -> ! {
    // Where a panic is caught it becomes an outcome; the usual hook would look for symbol files.
    std::panic::set_hook(Box::new(|_| {}));
    let code = match serve() {
        Ok(()) => 0,
        Err(_) => 1,
    };
    std::process::exit(code)
}

fn serve() -> io::Result<()> {
    let socket = Arc::new(UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?));
    let mut buffer = BytesMut::new();
    let Some(hello) = next(&socket, &mut buffer)? else { return Ok(()) };
    let hello: Hello = frame::read(&hello).map_err(io::Error::other)?;
    if let Err(problem) = confine::confine(&hello) {
        return (&*socket).write_all(&encoded(&Answer::Refused(problem)));
    }
    let shared = Arc::new(Shared {
        engine: Engine::new(),
        outbox: Outbox::new(Arc::clone(&socket)),
        scripts: Mutex::new(Kept::new(MAX_SCRIPTS, MAX_SCRIPT_BYTES)),
        environments: Mutex::new(Kept::new(MAX_ENVIRONMENTS, MAX_ENVIRONMENT_BYTES)),
        queue: Mutex::default(),
        woken: Condvar::new(),
    });
    shared.outbox.send(&encoded(&Answer::Ready))?;
    while let Some(order) = next(&socket, &mut buffer)? {
        let mut orders = vec![order];
        while let Some(order) = frame::split(&mut buffer).map_err(io::Error::other)? {
            orders.push(order);
        }
        shared.take(orders)?;
    }
    Ok(())
}

/// The next frame's body; nothing when the socket was closed.
fn next(mut socket: &UnixStream, buffer: &mut BytesMut) -> io::Result<Option<Bytes>> {
    loop {
        if let Some(body) = frame::split(buffer).map_err(io::Error::other)? {
            return Ok(Some(body));
        }
        let filled = buffer.len();
        buffer.resize(filled + READ_BYTES, 0);
        let read = socket.read(&mut buffer[filled..]);
        buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        if read? == 0 {
            return Ok(None);
        }
    }
}

fn encoded(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    if frame::push(&mut bytes, answer).is_err() {
        // Longer than a frame: a response beyond what any budget here should allow.
        if let Answer::Done { lane, duration_us, .. } = answer {
            let outcome = Outcome::Exceeded(croft_model::function::Exceeded::Size);
            let short = Answer::Done {
                lane: *lane,
                outcome,
                log: Vec::new(),
                duration_us: *duration_us,
                left_bytes: 0,
            };
            let _ = frame::push(&mut bytes, &short);
        }
    }
    bytes
}

/// What the threads of the process share.
struct Shared {
    engine: Engine,
    outbox: Outbox,
    scripts: Mutex<Kept<Script>>,
    environments: Mutex<Kept<FunctionEnvironment>>,
    queue: Mutex<Queue>,
    woken: Condvar,
}

#[derive(Default)]
struct Queue {
    orders: VecDeque<Bytes>,
    threads: usize,
    idle: usize,
}

impl Shared {
    /// Hands orders to threads, starting one where none is idle. Croft sends no more orders at a
    /// time than there are lanes, which bounds both the queue and the threads.
    fn take(self: &Arc<Self>, orders: Vec<Bytes>) -> io::Result<()> {
        let mut queue = lock(&self.queue);
        queue.orders.extend(orders);
        if queue.orders.len() > usize::from(MAX_LANES) {
            return Err(io::Error::other("more orders than lanes"));
        }
        while queue.idle < queue.orders.len() && queue.threads < usize::from(MAX_LANES) {
            let shared = Arc::clone(self);
            thread::Builder::new().stack_size(STACK_BYTES).spawn(move || shared.work())?;
            queue.threads += 1;
            queue.idle += 1;
        }
        drop(queue);
        self.woken.notify_one();
        Ok(())
    }

    fn work(&self) {
        let mut queue = lock(&self.queue);
        loop {
            let Some(order) = queue.orders.pop_front() else {
                queue = self.woken.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.idle -= 1;
            let more = !queue.orders.is_empty();
            drop(queue);
            if more {
                self.woken.notify_one();
            }
            if self.obey(&order).is_err() {
                // Croft is gone or speaks something else: there is nobody left to work for.
                std::process::exit(1);
            }
            queue = lock(&self.queue);
            queue.idle += 1;
        }
    }

    fn obey(&self, order: &[u8]) -> io::Result<()> {
        alloc::begin();
        match frame::read::<OrderOwned>(order).map_err(io::Error::other)? {
            OrderOwned::Check { lane, source } => {
                let error = self.compile(&source).err();
                self.outbox.send(&encoded(&Answer::Checked { lane, error }))
            }
            OrderOwned::Run(run) => {
                let frame = self.call(run);
                self.outbox.send(&frame)
            }
        }
    }

    /// Runs a call; the frame that answers it.
    fn call(&self, mut run: RunOwned) -> Vec<u8> {
        let (lane, budget, begun) = (run.lane, run.budget, Instant::now());
        let deadline = begun + Duration::from_micros(run.time_us);
        let environment = self.environment(run.digest, run.environment.take());
        alloc::limit(lane, budget.memory_bytes.saturating_add(STEP_BYTES));
        meter::begin(deadline, &budget);
        let script = self.script(run.version, run.source.take());
        let outcome = match (script, environment) {
            (Err(error), _) => Outcome::Threw(error),
            (Ok(Some(script)), Some(environment)) => {
                capabilities::begin(environment);
                let run = || self.engine.run(&script, Context::new(run), budget.response_bytes);
                catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                    let message = "the engine failed on this script; simplify it, and report it";
                    Outcome::Threw(ScriptError::of(message))
                })
            }
            (Ok(script), environment) => {
                meter::finish();
                alloc::begin();
                let parts = Parts { source: script.is_none(), environment: environment.is_none() };
                return encoded(&Answer::Need { lane, parts });
            }
        };
        let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        meter::finish();
        let log = capabilities::finish();
        let left_bytes = left_behind(&outcome, &log);
        // The frame and the buffers behind it are not the call's.
        alloc::begin();
        encoded(&Answer::Done { lane, outcome, log, duration_us, left_bytes })
    }

    /// The environment of a digest: kept, or the one `sent`; nothing when there is neither.
    fn environment(
        &self,
        digest: Key,
        sent: Option<FunctionEnvironment>,
    ) -> Option<Arc<FunctionEnvironment>> {
        let mut kept = lock(&self.environments);
        let Some(sent) = sent else { return kept.get(&digest) };
        let pair = size_of::<(String, String)>();
        let bytes = sent.values.iter().map(|(n, v)| n.len() + v.len() + pair).sum::<usize>();
        // It outlives the call, which was charged for it when it was read.
        let held = alloc::held() - i64::try_from(bytes).unwrap_or(i64::MAX);
        let sent = Arc::new(sent);
        kept.keep(digest, Arc::clone(&sent), bytes);
        alloc::set_held(held);
        Some(sent)
    }

    /// The compiled script of a version: kept, or made of `source`; nothing when there is neither.
    fn script(
        &self,
        version: Key,
        source: Option<String>,
    ) -> Result<Option<Arc<Script>>, ScriptError> {
        if let Some(script) = lock(&self.scripts).get(&version) {
            return Ok(Some(script));
        }
        let Some(source) = source else { return Ok(None) };
        let held = alloc::held();
        let script = Arc::new(self.compile(&source)?);
        lock(&self.scripts).keep(version, Arc::clone(&script), source.len());
        // It outlives the call.
        alloc::set_held(held);
        Ok(Some(script))
    }

    fn compile(&self, source: &str) -> Result<Script, ScriptError> {
        catch_unwind(AssertUnwindSafe(|| self.engine.compile(source)))
            .unwrap_or_else(|_| Err(ScriptError::of("the compiler gave up on this source")))
    }
}

/// Bytes the call still holds besides its answer: cycles of captured variables, which nothing
/// frees. Capacities are at most twice what is in them.
fn left_behind(outcome: &Outcome, log: &[LogLine]) -> u64 {
    let mut answer: usize = log.iter().map(|l| l.text.len() + size_of::<LogLine>()).sum();
    if let Outcome::Returned(response) = outcome {
        let pair = size_of::<(String, String)>();
        answer += response.body.len();
        answer += response.headers.iter().map(|(n, v)| n.len() + v.len() + pair).sum::<usize>();
    }
    let held = u64::try_from(alloc::held()).unwrap_or(0);
    held.saturating_sub(2 * answer as u64 + 1024)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
