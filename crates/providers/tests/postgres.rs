//! A managed cluster, from outside, on the machine's real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use croft_ports::{Entropy, entropy::SystemEntropy};
use croft_providers::postgres::{
    Cluster, ClusterError, ClusterSettings, ConnectInfo, DataDirLock, LockError, search_dirs,
};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_mins(1);

/// A data directory whose server is ended with the test, however the test ends.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("croft-pg").tempdir().unwrap())
    }

    fn dir(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.dir().join(format!("postgres/system{suffix}"))
    }

    fn lock(&self) -> Arc<DataDirLock> {
        Arc::new(DataDirLock::acquire(self.dir()).unwrap())
    }

    async fn try_open(&self, settings: ClusterSettings) -> Result<Cluster, ClusterError> {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        Cluster::open(self.lock(), settings, entropy).await
    }

    async fn open(&self) -> Cluster {
        self.try_open(settings()).await.unwrap()
    }

    /// The postmaster that runs here, if any.
    fn postmaster(&self) -> Option<Pid> {
        let note = fs::read_to_string(self.file("").join("postmaster.pid")).ok()?;
        let pid = Pid::from_raw(note.lines().next()?.parse().ok()?)?;
        let exe = fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero())).ok()?;
        (exe.file_name()? == "postgres").then_some(pid)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let Some(pid) = self.postmaster() else { return };
        let _ = kill_process(pid, Signal::QUIT);
        let begun = Instant::now();
        while self.postmaster().is_some() && begun.elapsed() < DEADLINE {
            std::thread::yield_now();
        }
    }
}

fn settings() -> ClusterSettings {
    ClusterSettings::for_tests(search_dirs(None))
}

async fn try_connect(info: &ConnectInfo) -> Result<Client, tokio_postgres::Error> {
    let url = info.url();
    let (client, connection) = tokio_postgres::connect(url.expose_secret(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn connect(info: &ConnectInfo) -> Client {
    try_connect(info).await.unwrap()
}

/// Waits for a condition, and fails when it does not come true.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
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

async fn value(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Every path below a directory with its owner, mode, size and time of change.
fn listing(dir: &Path) -> Vec<String> {
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

#[tokio::test]
async fn a_fresh_cluster_is_private_and_has_the_roles() {
    let home = Home::new();
    let cluster = home.open().await;
    let info = cluster.ensure_database("croft").await.unwrap();
    let again = cluster.ensure_database("croft").await.unwrap();
    assert_eq!(info.password.expose_secret(), again.password.expose_secret());

    let client = connect(&info).await;
    assert_eq!(value(&client, "SELECT current_user::text").await, "croft");
    assert_eq!(value(&client, "SHOW listen_addresses").await, "");
    assert_eq!(value(&client, "SHOW data_checksums").await, "on");
    assert_eq!(value(&client, "SHOW server_encoding").await, "UTF8");
    let denied = client.batch_execute("CREATE TABLE t (i int)").await.unwrap_err();
    assert!(denied.to_string().contains("db error"), "{denied}");
    let taken = "BEGIN; SET LOCAL ROLE croft_owner; CREATE TABLE t (i int); COMMIT";
    client.batch_execute(taken).await.unwrap();
    let attributes = "SELECT string_agg(rolname || ':' || rolcanlogin || rolsuper || rolbypassrls, \
                      ' ' ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'croft%'";
    assert_eq!(
        value(&client, attributes).await,
        "croft:truefalsefalse croft_app:falsefalsefalse croft_owner:falsefalsefalse \
         croft_root:truetruetrue croft_system:falsefalsetrue"
    );

    // What is secret is Croft's alone, and the way to the socket is closed.
    let me = rustix::process::geteuid().as_raw();
    for (path, mode) in [(".password", 0o600), (".croft.password", 0o600), (".run", 0o700)] {
        let meta = fs::metadata(home.file(path)).unwrap();
        assert_eq!(meta.mode() & 0o777, mode, "{path}");
        assert!(meta.is_dir() || meta.uid() == me, "{path}");
    }
    assert!(!home.file(".pwfile").exists() && !home.file(".new").exists());
    cluster.stop().await.unwrap();
    assert!(home.postmaster().is_none());
    assert!(try_connect(&info).await.is_err());
}

#[tokio::test]
async fn the_server_runs_unprivileged_and_listens_on_no_address() {
    let home = Home::new();
    let cluster = home.open().await;
    let pid = cluster.postmaster_pid().unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let uid = fs::metadata(home.file("")).unwrap().uid().to_string();
    assert_ne!(uid, "0");
    assert_eq!(field("Uid:"), vec![uid; 4]);
    if rustix::process::geteuid().is_root() {
        assert!(field("Groups:").is_empty(), "{status}");
        assert_eq!(field("NoNewPrivs:"), ["1"]);
        assert_eq!(field("CapPrm:"), ["0000000000000000"]);
    }
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environ).contains("CARGO"), "the environment leaks");
    assert_eq!(session_of(pid), pid, "not in a session of its own");

    let sockets: Vec<_> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|fd| fs::read_link(fd.unwrap().path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!sockets.is_empty());
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let table = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        let inode = |line: &str| line.split_whitespace().nth(9).map(str::to_owned);
        let listening = table.lines().filter_map(inode).any(|inode| sockets.contains(&inode));
        assert!(!listening, "{table}");
    }
    cluster.stop().await.unwrap();
}

fn session_of(pid: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_password_is_needed_and_others_cannot_connect() {
    let home = Home::new();
    let cluster = home.open().await;
    let info = cluster.ensure_database("croft").await.unwrap();
    let refused = |info: ConnectInfo| async move {
        let error = try_connect(&info).await.expect_err("was let in");
        error.code().map(|code| code.code().to_owned())
    };
    let wrong = ConnectInfo { password: "wrong".to_owned().into(), ..info.clone() };
    assert_eq!(refused(wrong).await.as_deref(), Some("28P01"));
    let wrong =
        ConnectInfo { password: "wrong".to_owned().into(), ..cluster.superuser("postgres") };
    assert_eq!(refused(wrong).await.as_deref(), Some("28P01"));

    let root = connect(&cluster.superuser("postgres")).await;
    root.batch_execute("CREATE ROLE stranger LOGIN PASSWORD 'pw'").await.unwrap();
    for database in ["croft", "postgres", "template1"] {
        let stranger = ConnectInfo {
            user: "stranger".into(),
            password: "pw".to_owned().into(),
            database: database.into(),
            ..info.clone()
        };
        assert_eq!(refused(stranger).await.as_deref(), Some("42501"), "{database}");
    }
    let elsewhere = ConnectInfo { database: "postgres".into(), ..info };
    assert_eq!(refused(elsewhere).await.as_deref(), Some("42501"));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn names_that_need_quotes_are_refused() {
    let home = Home::new();
    let cluster = home.open().await;
    for name in ["", "Croft", "a-b", "x\"; DROP", "1a", &"a".repeat(64)] {
        let error = cluster.ensure_database(name).await.unwrap_err();
        assert!(matches!(error, ClusterError::DatabaseName(_)), "{name}: {error}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_croft_is_refused_and_told_who_has_the_directory() {
    let home = Home::new();
    let lock = home.lock();
    let error = DataDirLock::acquire(home.dir()).unwrap_err();
    assert!(matches!(&error, LockError::Held { .. }), "{error}");
    assert!(error.to_string().contains(&format!("pid {}", std::process::id())), "{error}");
    drop(lock);
    DataDirLock::acquire(home.dir()).unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_with_what_was_committed() {
    let home = Home::new();
    let settings = ClusterSettings { throwaway: false, ..settings() };
    let cluster = Arc::new(home.try_open(settings).await.unwrap());
    let cancel = CancellationToken::new();
    let watching = tokio::spawn({
        let (cluster, cancel) = (cluster.clone(), cancel.clone());
        async move { cluster.watch(cancel).await }
    });
    let info = cluster.superuser("postgres");
    connect(&info).await.batch_execute("CREATE TABLE kept (n int)").await.unwrap();
    for round in 1..=3 {
        let client = connect(&info).await;
        client.execute("INSERT INTO kept VALUES ($1)", &[&round]).await.unwrap();
        let killed = cluster.postmaster_pid().unwrap();
        kill_process(Pid::from_raw(killed).unwrap(), Signal::KILL).unwrap();
        let client = until("the server comes back", async || {
            (cluster.postmaster_pid() != Some(killed)).then_some(())?;
            try_connect(&info).await.ok()
        })
        .await;
        let kept: i64 = client.query_one("SELECT count(*) FROM kept", &[]).await.unwrap().get(0);
        assert_eq!(kept, i64::from(round));
    }
    cancel.cancel();
    watching.await.unwrap();
    assert!(home.postmaster().is_some(), "cancelling hands over");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_ends_the_watch_too() {
    let home = Home::new();
    let cluster = Arc::new(home.open().await);
    let watching = tokio::spawn({
        let cluster = cluster.clone();
        async move { cluster.watch(CancellationToken::new()).await }
    });
    cluster.stop().await.unwrap();
    tokio::time::timeout(DEADLINE, watching).await.unwrap().unwrap();
    assert!(home.postmaster().is_none());
}

#[tokio::test]
async fn a_server_left_running_is_adopted() {
    let home = Home::new();
    let first = home.open().await;
    let pid = first.postmaster_pid();
    let info = first.ensure_database("croft").await.unwrap();
    let session = connect(&info).await;
    drop(first);
    let second = home.open().await;
    assert_eq!(second.postmaster_pid(), pid);
    assert_eq!(value(&session, "SELECT 'still here'").await, "still here");
    second.stop().await.unwrap();
    assert!(home.postmaster().is_none());
}

#[tokio::test]
async fn a_stale_pid_file_that_names_another_process_is_seen_through() {
    let home = Home::new();
    let cluster = home.open().await;
    let (pid, user) = (cluster.postmaster_pid().unwrap(), fs::metadata(home.file("")).unwrap());
    drop(cluster);
    let note = fs::read_to_string(home.file("").join("postmaster.pid")).unwrap();
    // A stranger of the server's own user, which PostgreSQL itself would take for a postmaster.
    let mut stranger = tokio::process::Command::from({
        #[expect(clippy::disallowed_methods, reason = "a test's own process")]
        let mut command = std::process::Command::new("cat");
        std::os::unix::process::CommandExt::uid(&mut command, user.uid());
        command
    })
    .stdin(Stdio::piped())
    .kill_on_drop(true)
    .spawn()
    .unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let note_path = home.file("").join("postmaster.pid");
    let (_, rest) = note.split_once('\n').unwrap();
    fs::write(&note_path, format!("{}\n{rest}", stranger.id().unwrap())).unwrap();
    chown(&note_path, Some(user.uid()), Some(user.gid())).unwrap();

    let cluster = home.open().await;
    assert_ne!(cluster.postmaster_pid(), Some(pid));
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was ended");
    connect(&cluster.superuser("postgres")).await;
    cluster.stop().await.unwrap();
    stranger.kill().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_initdb_leaves_nothing_in_the_way() {
    let home = Home::new();
    // As far as a first start can get before the rename: password, password file, half a cluster.
    fs::create_dir(home.dir().join("postgres")).unwrap();
    fs::write(home.file(".password"), "leftoverpassword").unwrap();
    fs::write(home.file(".pwfile"), "leftover").unwrap();
    fs::create_dir_all(home.file(".new").join("base/1")).unwrap();
    fs::write(home.file(".new").join("PG_VERSION"), "15\n").unwrap();
    let cluster = home.open().await;
    connect(&cluster.superuser("postgres")).await;
    assert!(!home.file(".new").exists() && !home.file(".pwfile").exists());
    assert_eq!(fs::read_to_string(home.file(".password")).unwrap(), "leftoverpassword");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn opening_that_is_cut_short_anywhere_can_be_repeated() {
    let home = Home::new();
    // Dropping the future is what a crash of Croft looks like from here, save that initdb is
    // killed too.
    for cut_after_ms in [1, 30, 100, 250, 450, 700, 1000, 1400] {
        let limit = Duration::from_millis(cut_after_ms);
        if let Ok(opened) = tokio::time::timeout(limit, home.try_open(settings())).await {
            opened.unwrap();
        }
    }
    let cluster = home.open().await;
    connect(&cluster.superuser("postgres")).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_left_alone() {
    let home = Home::new();
    let data = home.file("");
    DirBuilder::new().recursive(true).mode(0o700).create(data.join("base")).unwrap();
    fs::write(data.join("PG_VERSION"), "12\n").unwrap();
    drop(home.lock());
    let before = listing(&home.dir().join("postgres"));
    let error = home.try_open(settings()).await.err().unwrap();
    assert!(matches!(error, ClusterError::OtherMajor { .. }), "{error}");
    for part in ["PostgreSQL 12", "postgresql-12", "Nothing was changed", "postgres-upgrade.md"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert_eq!(listing(&home.dir().join("postgres")), before);

    fs::remove_file(data.join("PG_VERSION")).unwrap();
    let before = listing(&home.dir().join("postgres"));
    let error = home.try_open(settings()).await.err().unwrap();
    assert!(matches!(error, ClusterError::NotACluster(_)), "{error}");
    assert_eq!(listing(&home.dir().join("postgres")), before);
}

#[tokio::test]
async fn missing_binaries_name_the_package() {
    let home = Home::new();
    let settings = ClusterSettings::for_tests(vec![home.dir().join("nowhere")]);
    let error = home.try_open(settings).await.err().unwrap();
    assert!(matches!(error, ClusterError::MissingBinaries { .. }), "{error}");
    assert!(error.to_string().contains("apt-get install postgresql"), "{error}");
    assert!(!home.dir().join("postgres").exists());
}

#[tokio::test]
async fn lost_and_wrong_passwords_are_told_apart() {
    let home = Home::new();
    home.open().await.stop().await.unwrap();
    let kept = fs::read_to_string(home.file(".password")).unwrap();
    fs::remove_file(home.file(".password")).unwrap();
    let error = home.try_open(settings()).await.err().unwrap();
    assert!(matches!(error, ClusterError::LostPassword { .. }), "{error}");
    assert!(!home.file(".password").exists(), "none may be made up");

    fs::write(home.file(".password"), "wrong").unwrap();
    let error = home.try_open(settings()).await.err().unwrap();
    assert!(matches!(error, ClusterError::WrongPassword(_)), "{error}");
    fs::write(home.file(".password"), kept).unwrap();
    home.open().await.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_start_shows_why() {
    let home = Home::new();
    home.open().await.stop().await.unwrap();
    fs::remove_file(home.file("").join("global/pg_control")).unwrap();
    let error = home.try_open(settings()).await.err().unwrap();
    assert!(matches!(error, ClusterError::Start { .. }), "{error}");
    assert!(error.to_string().contains("pg_control"), "{error}");
}

#[tokio::test]
async fn a_deep_data_directory_works_by_a_short_socket_path() {
    let home = Home::new();
    let deep = home.dir().join("d".repeat(90));
    fs::set_permissions(home.dir(), fs::Permissions::from_mode(0o711)).unwrap();
    let lock = Arc::new(DataDirLock::acquire(&deep).unwrap());
    let cluster = Cluster::open(lock, settings(), Arc::new(SystemEntropy)).await.unwrap();
    let info = cluster.superuser("postgres");
    assert!(!info.socket_dir.starts_with(&deep));
    assert_eq!(fs::metadata(&info.socket_dir).unwrap().mode() & 0o777, 0o700);
    connect(&info).await;
    cluster.stop().await.unwrap();
    fs::remove_dir_all(&info.socket_dir).unwrap();
}

#[tokio::test]
async fn a_closed_way_to_the_data_directory_is_named() {
    let home = Home::new();
    let inside = home.dir().join("data");
    fs::set_permissions(home.dir(), fs::Permissions::from_mode(0o700)).unwrap();
    let lock = Arc::new(DataDirLock::acquire(&inside).unwrap());
    let opened = Cluster::open(lock, settings(), Arc::new(SystemEntropy)).await;
    if rustix::process::geteuid().is_root() {
        let error = opened.err().unwrap();
        assert!(matches!(error, ClusterError::NoPassage { .. }), "{error}");
        assert!(error.to_string().contains(home.dir().to_str().unwrap()), "{error}");
    } else {
        opened.unwrap().stop().await.unwrap();
    }
}
