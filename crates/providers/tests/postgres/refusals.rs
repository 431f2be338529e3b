//! What is refused, what it says, and that nothing is touched.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
};

use croft_providers::postgres::{ClusterError, ClusterSettings, DataDirLock, LockError};

use crate::home::{Home, listing, settings};

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
async fn a_closed_way_to_the_data_directory_is_named() {
    let home = Home::below("data");
    let opened = home.try_open(settings()).await;
    if rustix::process::geteuid().is_root() {
        let error = opened.err().unwrap();
        let named = |dir: &std::path::Path| dir == home.root();
        assert!(matches!(&error, ClusterError::NoPassage { dir, .. } if named(dir)), "{error}");
        assert!(error.to_string().contains("chmod o+x"), "{error}");
    } else {
        opened.unwrap().stop().await.unwrap();
    }
}

#[tokio::test]
async fn the_servers_user_must_exist_and_own_the_cluster() {
    let home = Home::new();
    home.open().await.stop().await.unwrap();
    let as_user = |name: &str| ClusterSettings { os_user: name.into(), ..settings() };
    if rustix::process::geteuid().is_root() {
        let error = home.try_open(as_user("nobody")).await.err().unwrap();
        assert!(matches!(error, ClusterError::ForeignOwner { .. }), "{error}");
        for name in ["no-such-user", "root"] {
            let error = home.try_open(as_user(name)).await.err().unwrap();
            assert!(matches!(error, ClusterError::UnknownUser(_)), "{error}");
            assert!(error.to_string().contains("useradd --system"), "{error}");
        }
    } else {
        home.try_open(as_user("no-such-user")).await.unwrap().stop().await.unwrap();
    }
}
