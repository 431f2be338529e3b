//! A data directory for one test, and how to look at it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use croft_ports::{Entropy, entropy::SystemEntropy};
use croft_providers::postgres::{
    Cluster, ClusterError, ClusterSettings, ConnectInfo, DataDirLock, search_dirs,
};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use tokio_postgres::{Client, NoTls};

pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A data directory whose server is ended with the test, however the test ends.
pub(crate) struct Home {
    root: tempfile::TempDir,
    dir: PathBuf,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::below("")
    }

    /// One deeper in its temporary directory, which is the test's user's only.
    pub(crate) fn below(path: &str) -> Self {
        let private = fs::Permissions::from_mode(0o700);
        let root =
            tempfile::Builder::new().prefix("croft-pg").permissions(private).tempdir().unwrap();
        let dir = root.path().join(path);
        Self { root, dir }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The temporary directory.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn file(&self, suffix: &str) -> PathBuf {
        self.dir().join(format!("postgres/system{suffix}"))
    }

    pub(crate) fn lock(&self) -> Arc<DataDirLock> {
        Arc::new(DataDirLock::acquire(self.dir()).unwrap())
    }

    pub(crate) async fn try_open(
        &self,
        settings: ClusterSettings,
    ) -> Result<Cluster, ClusterError> {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        // An opening that was just cut short may have left a child that has not begun its program
        // yet, and so holds for an instant what its parent held.
        let acquire = async || DataDirLock::acquire(self.dir()).ok().map(Arc::new);
        let lock = until("the lock is free", acquire).await;
        Cluster::open(lock, settings, entropy).await
    }

    pub(crate) async fn open(&self) -> Cluster {
        self.try_open(settings()).await.unwrap()
    }

    /// The postmaster that runs here, if any.
    pub(crate) fn postmaster(&self) -> Option<Pid> {
        let note = fs::read_to_string(self.file("").join("postmaster.pid")).ok()?;
        let pid = Pid::from_raw(note.lines().next()?.parse().ok()?)?;
        let exe = fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero())).ok()?;
        (exe.file_name()? == "postgres").then_some(pid)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        fn until(look: impl Fn() -> bool) {
            let begun = Instant::now();
            while !look() && begun.elapsed() < DEADLINE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let Some(pid) = self.postmaster() else { return };
        let _ = kill_process(pid, Signal::QUIT);
        until(|| self.postmaster().is_none());
    }
}

pub(crate) fn settings() -> ClusterSettings {
    ClusterSettings::for_tests(search_dirs(None))
}

pub(crate) async fn try_connect(info: &ConnectInfo) -> Result<Client, tokio_postgres::Error> {
    let url = info.url();
    let (client, connection) = tokio_postgres::connect(url.expose_secret(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) async fn connect(info: &ConnectInfo) -> Client {
    try_connect(info).await.unwrap()
}

/// Waits for a condition, and fails when it does not come true.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

pub(crate) async fn value(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// A command that runs as that user and not longer than its handle lives.
pub(crate) fn command_as(program: &str, uid: u32) -> tokio::process::Command {
    #[expect(clippy::disallowed_methods, reason = "a test's own process")]
    let mut command = tokio::process::Command::new(program);
    command.uid(uid).current_dir("/").kill_on_drop(true);
    command
}

/// Every path below a directory with its owner, mode, size and time of change.
pub(crate) fn listing(dir: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(path) = left.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let (uid, mode, size) = (meta.uid(), meta.mode(), meta.size());
        let changed = (meta.ctime(), meta.ctime_nsec());
        all.push(format!("{} {uid} {mode:o} {size} {changed:?}", path.display()));
    }
    all.sort();
    all
}
