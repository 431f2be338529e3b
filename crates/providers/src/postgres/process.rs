//! Processes that are not our children, held so that a pid can never come to mean another.

use std::{
    fs, io,
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::Path,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};

/// How often it is looked whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A process by its pidfd (`pidfd_open(2)`, Linux 5.3): it stays the same one whatever becomes of
/// its number.
#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    fd: OwnedFd,
}

impl Process {
    /// The process that has that number now, if any; also one that has ended but was not reaped.
    pub(super) fn open(pid: i32) -> io::Result<Option<Self>> {
        let Some(pid) = Pid::from_raw(pid) else { return Ok(None) };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Ok(Some(Self { pid, fd })),
            Err(Errno::SRCH | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Its number.
    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it is one of PostgreSQL's programs at work in the cluster `data`: they all make
    /// it their working directory.
    pub(super) fn is_postgres_in(&self, data: &Path) -> bool {
        let proc = Path::new("/proc").join(self.pid().to_string());
        let same_dir = || {
            let (cwd, data) = (fs::metadata(proc.join("cwd")).ok()?, fs::metadata(data).ok()?);
            Some((cwd.dev(), cwd.ino()) == (data.dev(), data.ino()))
        };
        let program = || {
            let exe = fs::read_link(proc.join("exe")).ok()?;
            // An upgraded package leaves "postgres (deleted)".
            let name = exe.file_name()?.to_str()?.split(' ').next()?.to_owned();
            Some(name == "postgres" || name == "initdb")
        };
        same_dir() == Some(true) && program() == Some(true)
    }

    /// Sends a signal; one that has ended needs none.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.fd, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns when it has ended. Looks now and then, since a pidfd, which tells that by becoming
    /// readable, can be handed to the runtime's reactor only by unsafe code.
    pub(super) async fn ended(&self) -> io::Result<()> {
        loop {
            match poll(&mut [PollFd::new(&self.fd, PollFlags::IN)], Some(&Timespec::default())) {
                Ok(0) | Err(Errno::INTR) => tokio::time::sleep(LOOK_EVERY).await,
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// All of PostgreSQL's processes at work in the cluster `data`.
pub(super) fn postgres_in(data: &Path) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(process) = Process::open(pid)?
            && process.is_postgres_in(data)
        {
            found.push(process);
        }
    }
    Ok(found)
}
