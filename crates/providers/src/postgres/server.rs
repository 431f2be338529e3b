//! The server process of a cluster: adopted or started, waited for, ended.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::Signal;
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;

use super::{
    binaries::Binaries,
    connect::{ConnectError, ConnectInfo, PORT},
    error::{ClusterError, Doing},
    files,
    identity::Identity,
    initialize::SUPERUSER,
    layout::Layout,
    process::{Process, postgres_in},
    settings::ClusterSettings,
};

/// How long one attempt to log in may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a server that is coming up is asked, and a process looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often waiting is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// How long the children of a dead postmaster may take to notice.
const ORPHANS_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a killed process may take to be gone; one that waits for a disk can take long.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long ending may take when sessions are cut off, then when the server drops everything.
const FAST_TIMEOUT: Duration = Duration::from_secs(30);
const IMMEDIATE_TIMEOUT: Duration = Duration::from_secs(10);
/// Starts that end at once before giving up; the first may lose against a server just starting.
const ATTEMPTS: u32 = 3;
/// The log is cut at this size, in bytes; as much again is kept of what was before.
const LONGEST_LOG: u64 = 8 << 20;

/// The server of one cluster.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) layout: Layout,
    pub(super) settings: ClusterSettings,
    pub(super) identity: Identity,
    pub(super) binaries: Binaries,
    pub(super) password: SecretString,
    current: Mutex<Option<Arc<Process>>>,
    // Held while the server is brought up or down.
    turn: tokio::sync::Mutex<()>,
}

impl Server {
    pub(super) fn new(
        layout: Layout,
        settings: ClusterSettings,
        identity: Identity,
        binaries: Binaries,
        password: SecretString,
    ) -> Self {
        let (current, turn) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { layout, settings, identity, binaries, password, current, turn }
    }

    /// The postmaster last adopted or started.
    pub(super) fn current(&self) -> Option<Arc<Process>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, process: Process) -> Arc<Process> {
        let process = Arc::new(process);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(process.clone());
        process
    }

    /// How the superuser reaches a database.
    pub(super) fn superuser(&self, database: &str) -> ConnectInfo {
        ConnectInfo {
            socket_dir: self.layout.socket_dir(),
            port: PORT,
            user: SUPERUSER.into(),
            password: self.password.clone(),
            database: database.into(),
        }
    }

    /// Returns when a server accepts connections: the one that runs, else a new one; whether it is
    /// a new one.
    pub(super) async fn ensure(&self) -> Result<bool, ClusterError> {
        let _turn = self.turn.lock().await;
        for _ in 0..ATTEMPTS {
            let running = self.running_or_clear().await?;
            let started = running.is_none();
            let process = if let Some(running) = running {
                tracing::info!(postgres.pid = running.pid(), "adopting the running Postgres");
                self.keep(running)
            } else {
                self.start()?
            };
            tokio::select! {
                ready = self.ready(&process) => return ready.map(|()| started),
                ended = process.ended() => ended.doing(|| "wait for the server".into())?,
            }
        }
        Err(ClusterError::Start { log: self.layout.log(), said: self.last_words() })
    }

    /// Ends the server: sessions are cut off, what is committed is kept. What does not end by
    /// that is made to; the next start then recovers.
    pub(super) async fn stop(&self) -> Result<(), ClusterError> {
        let _turn = self.turn.lock().await;
        let Some(process) = self.current() else { return Ok(()) };
        // The meaning of the signals: PostgreSQL manual, 19.5.
        for (signal, patience) in [(Signal::INT, FAST_TIMEOUT), (Signal::QUIT, IMMEDIATE_TIMEOUT)] {
            process.signal(signal).doing(|| format!("end the server (pid {})", process.pid()))?;
            if let Ok(ended) = timeout(patience, process.ended()).await {
                return ended.doing(|| "wait for the server to end".into());
            }
            tracing::warn!(postgres.pid = process.pid(), "Postgres is slow to end");
        }
        Err(ClusterError::NotStopped(process.pid()))
    }

    /// Keeps the log within its bound: the server appends, so the file can be cut under it. What
    /// it said at last is kept beside it.
    pub(super) fn bound_log(&self) -> io::Result<()> {
        let path = self.layout.log();
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > LONGEST_LOG) {
            let log = OpenOptions::new().read(true).write(true).open(&path)?;
            (&log).seek(SeekFrom::End(-LONGEST_LOG.cast_signed()))?;
            let mut options = OpenOptions::new();
            let options = options.write(true).create(true).truncate(true).mode(0o600);
            let mut old = options.open(self.layout.old_log())?;
            io::copy(&mut (&log).take(LONGEST_LOG), &mut old)?;
            log.set_len(0)?;
        }
        Ok(())
    }

    /// The postmaster that `postmaster.pid` names, if that is what the process is. The file's
    /// first line is the pid, negative for a server in single-user mode.
    fn running(&self) -> io::Result<Option<Process>> {
        let data = self.layout.data();
        let Some(pid) = self.noted_pid()? else { return Ok(None) };
        Ok(Process::open(pid)?.filter(|process| process.is_postgres_in(&data)))
    }

    fn noted_pid(&self) -> io::Result<Option<i32>> {
        let note = files::read_small(&self.layout.data().join("postmaster.pid"))?;
        Ok(note.and_then(|note| note.lines().next()?.trim().parse::<i32>().ok()?.checked_abs()))
    }

    /// The running postmaster, or none and a cluster that is fit for a start: without children of
    /// a dead postmaster (a new one refuses to start beside them), and without a `postmaster.pid`
    /// whose number now is another process's (a new one would take that for a postmaster).
    async fn running_or_clear(&self) -> Result<Option<Process>, ClusterError> {
        let data = self.layout.data();
        let doing = || format!("look for processes of {}", data.display());
        let deadline = Instant::now() + ORPHANS_TIMEOUT;
        loop {
            if let Some(running) = self.running().doing(doing)? {
                return Ok(Some(running));
            }
            let orphans = postgres_in(&data).doing(doing)?;
            if orphans.is_empty() {
                break;
            }
            for orphan in orphans.iter().filter(|_| Instant::now() > deadline) {
                if Instant::now() > deadline + KILL_TIMEOUT {
                    return Err(ClusterError::NotStopped(orphan.pid()));
                }
                tracing::warn!(postgres.pid = orphan.pid(), "killing what a dead Postgres left");
                orphan.signal(Signal::KILL).doing(doing)?;
            }
            sleep(LOOK_EVERY).await;
        }
        if let Some(pid) = self.noted_pid().doing(doing)?
            && Process::open(pid).doing(doing)?.is_some()
        {
            tracing::info!(process.pid = pid, "removing a stale postmaster.pid");
            files::remove_if_present(&data.join("postmaster.pid")).doing(doing)?;
        }
        // The lock beside the socket has the same number, and Postgres minds it the same way: also
        // that of one that has ended and was not reaped, as in a container without an init.
        let socket_lock = self.layout.socket_dir().join(format!(".s.PGSQL.{PORT}.lock"));
        files::remove_if_present(&socket_lock).doing(doing)?;
        Ok(None)
    }

    /// Starts a postmaster. It does not end with Croft.
    fn start(&self) -> Result<Arc<Process>, ClusterError> {
        let (data, hba, log) = (self.layout.data(), self.layout.hba(), self.layout.log());
        let socket_dir = self.layout.prepare_socket_dir(&self.identity)?;
        files::write_durably(&hba, "local all all scram-sha-256\n", 0o644)
            .doing(|| format!("write {}", hba.display()))?;
        self.bound_log().doing(|| format!("shorten {}", log.display()))?;
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&log);
        let log = log.doing(|| format!("open {}", self.layout.log().display()))?;
        let spawning = || "start postgres (by setsid and setpriv of the package util-linux)".into();
        let mut command = self.identity.command(&self.binaries.program("postgres"));
        command.arg("-D").arg(&data);
        for option in self.settings.server_options() {
            command.args(["-c", &option]);
        }
        // A list, so a name is quoted.
        let quoted = socket_dir.to_string_lossy().replace('"', "\"\"");
        command.arg("-c").arg(format!("unix_socket_directories=\"{quoted}\""));
        let mut hba_file = std::ffi::OsString::from("hba_file=");
        hba_file.push(&hba);
        command.arg("-c").arg(hba_file).current_dir(&data);
        command.stdout(log.try_clone().doing(spawning)?).stderr(log);
        let child = command.spawn().doing(spawning)?;
        // Not waited for here: it may be adopted by another Croft. The runtime reaps it.
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
        let process = Process::open(pid).doing(spawning)?;
        let process = process.ok_or_else(|| io::ErrorKind::NotFound.into()).doing(spawning)?;
        tracing::info!(
            postgres.pid = pid,
            postgres.major = self.binaries.major(),
            "started Postgres"
        );
        Ok(self.keep(process))
    }

    /// Waits until the superuser can log in.
    async fn ready(&self, process: &Process) -> Result<(), ClusterError> {
        let info = self.superuser("postgres");
        let begun = Instant::now();
        let mut told = begun;
        loop {
            let Err(error) = info.connect(CONNECT_TIMEOUT).await else { return Ok(()) };
            if let ConnectError::Refused(error) = &error
                && error.code() == Some(&SqlState::INVALID_PASSWORD)
            {
                return Err(ClusterError::WrongPassword(self.layout.password()));
            }
            if begun.elapsed() > self.settings.ready_timeout {
                return Err(ClusterError::NotReady {
                    pid: process.pid(),
                    seconds: begun.elapsed().as_secs(),
                    log: self.layout.log(),
                    said: self.last_words(),
                });
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                let waited_s = begun.elapsed().as_secs();
                tracing::info!(waited_s, %error, "Postgres is not ready yet");
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The last lines of the log.
    fn last_words(&self) -> String {
        let read = || {
            let mut log = fs::File::open(self.layout.log())?;
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(length.saturating_sub(2048)))?;
            let mut end = Vec::new();
            log.take(2048).read_to_end(&mut end)?;
            io::Result::Ok(end)
        };
        let end = read().unwrap_or_default();
        let end = String::from_utf8_lossy(&end);
        let lines: Vec<_> = end.lines().rev().take(8).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
