//! Who gets in, and by which way.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use croft_providers::postgres::{ClusterError, ConnectInfo, made_database};
use secrecy::ExposeSecret;

use crate::home::{Home, command_as, connect, try_connect, value};

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
    if rustix::process::geteuid().is_root() && groups("self").is_empty() {
        // Once more with a group to lose.
        let program = std::env::current_exe().unwrap();
        let name = "access::the_server_runs_unprivileged_and_listens_on_no_address";
        let mut again = command_as("setpriv", 0);
        again.arg("--groups=4").arg(program).args([name, "--exact"]);
        assert!(again.status().await.unwrap().success());
        return;
    }
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
        assert!(groups(&pid.to_string()).is_empty(), "{status}");
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

#[tokio::test]
async fn a_command_beside_croft_finds_the_database_by_any_path() {
    let home = Home::new();
    let link = home.root().join("link");
    std::os::unix::fs::symlink(home.dir(), &link).unwrap();
    let made = || made_database(&link, "system", "croft").unwrap();
    assert!(
        made().is_none() && made_database(&link.join("no"), "system", "croft").unwrap().is_none()
    );
    let cluster = home.open().await;
    cluster.ensure_database("croft").await.unwrap();
    let made = made().unwrap();
    assert_eq!(made.socket_dir, cluster.superuser("croft").socket_dir);
    assert_eq!(value(&connect(&made).await, "SELECT current_user::text").await, "croft");
    cluster.stop().await.unwrap();
}

/// The supplementary groups of a process.
fn groups(pid: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap();
    line.trim().to_owned()
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
async fn a_deep_data_directory_works_by_a_short_socket_path() {
    let home = Home::below(&"d".repeat(90));
    fs::set_permissions(home.root(), fs::Permissions::from_mode(0o711)).unwrap();
    let cluster = home.open().await;
    let info = cluster.superuser("postgres");
    assert!(!info.socket_dir.starts_with(home.root()));
    assert_eq!(fs::metadata(&info.socket_dir).unwrap().mode() & 0o777, 0o700);
    connect(&info).await;
    cluster.stop().await.unwrap();
    fs::remove_dir_all(&info.socket_dir).unwrap();
}

#[tokio::test]
async fn the_log_is_bounded_and_its_end_kept() {
    let home = Home::new();
    home.open().await.stop().await.unwrap();
    let mut log = vec![b'x'; 20 << 20];
    log.extend(b"the end");
    fs::write(home.file(".log"), log).unwrap();
    let cluster = home.open().await;
    assert!(fs::metadata(home.file(".log")).unwrap().len() < 1 << 20);
    let old = fs::read(home.file(".log.1")).unwrap();
    assert!(old.len() == 8 << 20 && old.ends_with(b"the end"));
    cluster.stop().await.unwrap();
}
