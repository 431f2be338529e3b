//! One executor process as Croft sees it: started, written to, read from, reaped.

use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, Command},
    sync::Notify,
};

use super::{
    Inner, PoolSettings,
    cgroup::{Ceilings, Group, Place},
};
use crate::frame::{self, Answer, Hello};

/// How long a process may take from its start to its first word.
const START_TIME: Duration = Duration::from_secs(10);
/// How long a killed process may take to be gone.
const REAP_TIME: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 64 * 1024;
/// What a process holds that is not its calls', in bytes: itself, and what it keeps for them.
const OWN_BYTES: u64 = 64 * 1024 * 1024;
const NO_CEILING: &str = "only its address space limits what an executor process holds";

/// The handle by which the pool writes to a process and ends it.
#[derive(Debug)]
pub(super) struct Process {
    /// Unique in the life of the pool.
    pub(super) id: u64,
    /// Which of the pool's places (and user ids) it has.
    pub(super) slot: u16,
    pub(super) pid: u32,
    outgoing: Mutex<Vec<u8>>,
    written: Notify,
    killed: Notify,
}

impl Process {
    /// Adds to what is sent to it. All that is added before the writer's turn goes out at once.
    pub(super) fn send<T>(&self, add: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let result = add(&mut self.outgoing.lock().unwrap_or_else(PoisonError::into_inner));
        self.written.notify_one();
        result
    }

    /// Ends it. What it was running ends when it is reaped.
    pub(super) fn kill(&self) {
        self.killed.notify_one();
    }

    async fn write(&self, mut socket: OwnedWriteHalf) -> io::Error {
        let mut batch = Vec::new();
        loop {
            self.written.notified().await;
            batch.clear();
            batch.shrink_to(READ_BYTES);
            std::mem::swap(
                &mut batch,
                &mut *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner),
            );
            if let Err(error) = socket.write_all(&batch).await {
                return error;
            }
        }
    }

    async fn read(&self, inner: &Weak<Inner>, socket: &mut Socket) -> io::Error {
        loop {
            match socket.next().await {
                Err(error) => return error,
                Ok(answer) => {
                    let Some(inner) = inner.upgrade() else { return io::Error::other("closed") };
                    let outcome = inner.lock().answered(self, answer);
                    inner.settled.notify_waiters();
                    if let Err(problem) = outcome {
                        return io::Error::other(problem);
                    }
                }
            }
        }
    }
}

struct Socket {
    half: OwnedReadHalf,
    buffer: BytesMut,
}

impl Socket {
    async fn next(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(body) = frame::split(&mut self.buffer).map_err(io::Error::other)? {
                return frame::read(&body).map_err(io::Error::other);
            }
            self.buffer.reserve(READ_BYTES);
            if self.half.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Nothing when that could not be learnt.
    pub(super) status: Option<ExitStatus>,
    /// Whether the kernel ended it for what it held in memory.
    pub(super) out_of_memory: bool,
}

/// The group in which the kernel keeps processes to their memory; says so when there is none.
pub(super) fn group(settings: &PoolSettings) -> Option<Arc<Group>> {
    // A project's calls may hold half of all. Half as much again is for what is not the calls'.
    let calls = settings.memory_bytes;
    let ceilings = Ceilings {
        all: (calls / 2 * 3).saturating_add(OWN_BYTES),
        each: (calls / 4 * 3).saturating_add(OWN_BYTES).min(settings.address_space_bytes),
    };
    let group = match &settings.control_groups {
        Some(mount) => Group::make(mount, ceilings),
        None => Err("Croft is not root".to_owned()),
    };
    let say = |why| tracing::info!(why, "only their address space limits what functions hold");
    group.map_err(say).map(Arc::new).ok()
}

/// Starts a process and what serves it. Called on the pool's own spawning thread: the kernel ends
/// an executor when the thread that started it ends, and threads of the runtime come and go.
pub(super) fn start(
    inner: Weak<Inner>,
    settings: &PoolSettings,
    group: Option<&Arc<Group>>,
    id: u64,
    slot: u16,
) {
    match spawn(settings, id, slot) {
        Ok((process, child, socket)) => {
            // It does nothing before it is told how to confine itself.
            let place = group.and_then(|group| {
                let place = group.admit(id, process.pid);
                place.inspect_err(|error| tracing::warn!(%error, "{NO_CEILING}")).ok()
            });
            let hello = Hello {
                user: settings.first_user.map(|first| first + u32::from(slot)),
                address_space_bytes: settings.address_space_bytes,
            };
            tokio::spawn(live(inner, process, child, socket, hello, place));
        }
        Err(error) => {
            if let Some(inner) = inner.upgrade() {
                let program = settings.program.display();
                inner.lock().start_failed(slot, &format!("cannot start {program}: {error}"));
                inner.settled.notify_waiters();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the pool, which starts executors")]
fn spawn(settings: &PoolSettings, id: u64, slot: u16) -> io::Result<(Process, Child, UnixStream)> {
    let (ours, theirs) = StdStream::pair()?;
    ours.set_nonblocking(true)?;
    let socket = UnixStream::from_std(ours)?;
    let child = Command::new(&settings.program)
        .args(&settings.args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C is for Croft, which then drains.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let process = Process {
        id,
        slot,
        pid: child.id().unwrap_or(0),
        outgoing: Mutex::default(),
        written: Notify::new(),
        killed: Notify::new(),
    };
    Ok((process, child, socket))
}

/// Serves a process to its end.
async fn live(
    inner: Weak<Inner>,
    process: Process,
    mut child: Child,
    socket: UnixStream,
    hello: Hello,
    place: Option<Place>,
) {
    let process = Arc::new(process);
    let (read, write) = socket.into_split();
    let mut read = Socket { half: read, buffer: BytesMut::new() };
    // It cannot be too long: a handful of bytes.
    let _ = process.send(|buffer| frame::push(buffer, &hello));
    let writer = process.write(write);
    tokio::pin!(writer);
    let first = tokio::select! {
        first = tokio::time::timeout(START_TIME, read.next()) => first,
        error = &mut writer => Ok(Err(error)),
    };
    let problem = match first {
        Ok(Ok(Answer::Ready)) => None,
        Ok(Ok(Answer::Refused(problem))) => Some(problem),
        Ok(Ok(_)) => Some("it spoke before it was asked".to_owned()),
        Ok(Err(error)) => Some(format!("it ended at its start: {error}")),
        Err(_) => Some(format!("it did not get ready within {} s", START_TIME.as_secs())),
    };
    if problem.is_none() && announce(&inner, &process) {
        let ended = tokio::select! {
            error = process.read(&inner, &mut read) => error,
            error = &mut writer => error,
            () = process.killed.notified() => io::ErrorKind::Interrupted.into(),
        };
        tracing::debug!(process.pid, error = %ended, "an executor process ends");
    }
    let status = reap(&mut child).await;
    let out_of_memory = place.as_ref().is_some_and(Place::was_out_of_memory);
    let end = End { status, out_of_memory };
    drop(place);
    if let Some(inner) = inner.upgrade() {
        match problem {
            Some(problem) => {
                let status = status.map_or("unknown status".to_owned(), |s| s.to_string());
                inner.lock().start_failed(process.slot, &format!("{problem} ({status})"));
            }
            None => inner.lock().ended(&process, end),
        }
        inner.settled.notify_waiters();
    }
}

/// Says that the process takes orders; `false` when the pool is gone.
fn announce(inner: &Weak<Inner>, process: &Arc<Process>) -> bool {
    let Some(inner) = inner.upgrade() else { return false };
    inner.lock().ready(Arc::clone(process));
    true
}

/// Ends it and says how it ended. A process that was ending already keeps its own exit code: the
/// kernel sets that before it closes the socket, by which we came here.
async fn reap(child: &mut Child) -> Option<ExitStatus> {
    let _ = child.start_kill();
    tokio::time::timeout(REAP_TIME, child.wait()).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use crate::confine::filter_system_calls;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it is to fail")]
    fn an_executor_starts_no_process() {
        let start = || std::process::Command::new("/bin/true").spawn();
        start().unwrap().wait().unwrap();
        let test = std::thread::spawn(move || {
            filter_system_calls().unwrap();
            start().unwrap_err().kind()
        });
        assert_eq!(test.join().unwrap(), std::io::ErrorKind::PermissionDenied);
    }
}
