//! The executor process: reads orders, runs them on threads, answers.
//!
//! It belongs to one project for its whole life and knows nothing but what its orders say.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use croft_ports::function_invoker::{LogLine, Outcome, ScriptError};

use crate::{
    alloc, confine,
    context::Context,
    engine::{Engine, STACK_BYTES, Script},
    frame::{self, Answer, Hello, MAX_LANES, OrderOwned, RunOwned},
    meter,
    outbox::Outbox,
};

/// Compiled scripts kept, and the bytes of their sources.
const MAX_SCRIPTS: usize = 64;
const MAX_SCRIPT_BYTES: usize = 4 * 1024 * 1024;
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
        scripts: Mutex::default(),
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
    scripts: Mutex<Scripts>,
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
        alloc::limit(lane, budget.memory_bytes.saturating_add(STEP_BYTES));
        meter::begin(deadline, &budget);
        let outcome = match self.script(run.version, run.source.take()) {
            Ok(Some(script)) => catch_unwind(AssertUnwindSafe(|| {
                self.engine.run(&script, Context::new(run), budget.response_bytes)
            }))
            .unwrap_or_else(|_| {
                let message = "the engine failed on this script; simplify it, and report it";
                Outcome::Threw(ScriptError::of(message))
            }),
            Ok(None) => {
                meter::finish();
                alloc::begin();
                return encoded(&Answer::NeedSource { lane });
            }
            Err(error) => Outcome::Threw(error),
        };
        let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let log = meter::finish();
        let left_bytes = left_behind(&outcome, &log);
        // The frame and the buffers behind it are not the call's.
        alloc::begin();
        encoded(&Answer::Done { lane, outcome, log, duration_us, left_bytes })
    }

    /// The compiled script of a version: kept, or made of `source`; nothing when there is neither.
    fn script(
        &self,
        version: [u8; 16],
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

/// Compiled scripts by version, oldest out first.
#[derive(Default)]
struct Scripts {
    by_version: HashMap<[u8; 16], (Arc<Script>, usize)>,
    order: VecDeque<[u8; 16]>,
    bytes: usize,
}

impl Scripts {
    fn get(&self, version: &[u8; 16]) -> Option<Arc<Script>> {
        self.by_version.get(version).map(|(script, _)| Arc::clone(script))
    }

    fn keep(&mut self, version: [u8; 16], script: Arc<Script>, bytes: usize) {
        if self.by_version.insert(version, (script, bytes)).is_some() {
            return;
        }
        self.order.push_back(version);
        self.bytes += bytes;
        while self.order.len() > MAX_SCRIPTS || self.bytes > MAX_SCRIPT_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some((_, bytes)) = self.by_version.remove(&oldest) {
                self.bytes -= bytes;
            }
        }
    }
}
