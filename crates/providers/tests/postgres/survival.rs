//! What happens when something is killed.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use croft_providers::postgres::{ClusterSettings, search_dirs};
use rustix::process::{Pid, Signal, kill_process};
use tokio_util::sync::CancellationToken;

use crate::home::{DEADLINE, Home, command_as, connect, settings, try_connect, until, value};

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
    // A stranger of the server's own user, which PostgreSQL itself would take for a postmaster.
    let mut stranger = command_as("cat", user.uid()).stdin(Stdio::piped()).spawn().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    // Both notes that a server leaves have its number.
    let notes = [home.file("").join("postmaster.pid"), home.file(".run/.s.PGSQL.5432.lock")];
    for path in notes {
        let note = fs::read_to_string(&path).unwrap();
        let (_, rest) = note.split_once('\n').unwrap();
        fs::write(&path, format!("{}\n{rest}", stranger.id().unwrap())).unwrap();
        chown(&path, Some(user.uid()), Some(user.gid())).unwrap();
    }

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
async fn an_initdb_that_outlived_its_croft_is_ended() {
    let home = Home::new();
    home.open().await.stop().await.unwrap();
    let (data, unfinished) = (home.file(""), home.file(".new"));
    let user = fs::metadata(&data).unwrap();
    // Held up by a password file that never comes, as it would be by a slow disk.
    fs::rename(&data, &unfinished).unwrap();
    fs::remove_dir_all(&unfinished).unwrap();
    DirBuilder::new().mode(0o700).create(&unfinished).unwrap();
    chown(&unfinished, Some(user.uid()), Some(user.gid())).unwrap();
    let pipe = home.dir().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o666.into()).unwrap();
    fs::set_permissions(&pipe, fs::Permissions::from_mode(0o666)).unwrap();
    let mut dirs = search_dirs(None).into_iter().map(|dir| dir.join("initdb"));
    let initdb = dirs.find(|initdb| initdb.exists()).unwrap();
    let mut orphan = command_as(initdb.to_str().unwrap(), user.uid())
        .arg("--pgdata")
        .arg(&unfinished)
        .arg("--auth=scram-sha-256")
        .arg("--pwfile")
        .arg(&pipe)
        .current_dir(&unfinished)
        .spawn()
        .unwrap();
    let cluster = home.open().await;
    let ended = tokio::time::timeout(DEADLINE, orphan.wait()).await.expect("still runs").unwrap();
    assert!(ended.code().is_none(), "was not killed");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_busy_session_of_a_dead_server_does_not_keep_the_next_from_starting() {
    let home = Home::new();
    let cluster = home.open().await;
    let client = connect(&cluster.superuser("postgres")).await;
    // Computes without ever looking whether the postmaster lives.
    let busy = "DO $$ BEGIN LOOP NULL; END LOOP; END $$";
    let running = tokio::spawn(async move { client.batch_execute(busy).await });
    let watcher = connect(&cluster.superuser("postgres")).await;
    until("the query runs", async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND state = 'active'";
        let active: i64 = watcher.query_one(sql, &[&busy]).await.unwrap().get(0);
        (active == 1).then_some(())
    })
    .await;
    let killed = cluster.postmaster_pid();
    kill_process(Pid::from_raw(killed.unwrap()).unwrap(), Signal::KILL).unwrap();
    drop(cluster);
    let cluster = home.open().await;
    assert_ne!(cluster.postmaster_pid(), killed);
    assert!(running.await.unwrap().is_err());
    connect(&cluster.superuser("postgres")).await;
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
