//! One Postgres for all tests of a checkout, and a fresh database for each.
//!
//! The first test that needs it starts the server, later ones find it running (nextest runs every
//! test in a process of its own); it stays for the next run. `script/test` ends it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use croft_ports::entropy::SystemEntropy;
use croft_providers::postgres::{Cluster, ClusterSettings, ConnectInfo, DataDirLock, search_dirs};
use croft_store::{KeyRing, MasterKey, Store};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use zeroize::Zeroizing;

/// A database that goes when this is dropped.
#[derive(Debug)]
pub struct Database {
    /// How Croft reaches it.
    pub connect: ConnectInfo,
    /// How the superuser does, to look past every wall.
    pub superuser: ConnectInfo,
}

/// The folder of the shared server: beside the test binaries, so that it goes with `cargo clean`,
/// unless the server's user may not pass there (a clone in somebody's private folder).
pub fn folder() -> PathBuf {
    use std::{
        hash::{DefaultHasher, Hash, Hasher},
        os::unix::fs::PermissionsExt,
    };
    let exe = std::env::current_exe().unwrap();
    let built = exe.ancestors().find(|p| p.ends_with("debug") || p.ends_with("release")).unwrap();
    let passable = |dir: &Path| fs::metadata(dir).unwrap().permissions().mode() & 0o001 != 0;
    if built.ancestors().all(passable) {
        return built.join("croft-tests");
    }
    let mut hasher = DefaultHasher::new();
    built.hash(&mut hasher);
    std::env::temp_dir().join(format!("croft-tests-{:016x}", hasher.finish()))
}

/// A new database with Croft's schema.
pub async fn fresh() -> Database {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    let (connect, superuser) = tokio::task::spawn_blocking(move || {
        // One process at a time starts the server or makes the template.
        let turn = File::create(folder.join("turn")).unwrap();
        turn.lock().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let made = runtime.block_on(make(&folder));
        turn.unlock().unwrap();
        made
    })
    .await
    .unwrap();
    Database { connect, superuser }
}

async fn make(folder: &Path) -> (ConnectInfo, ConnectInfo) {
    let lock = Arc::new(DataDirLock::acquire(folder).unwrap());
    let settings = ClusterSettings::for_tests(search_dirs(None));
    let cluster = Cluster::open(lock, settings, Arc::new(SystemEntropy)).await.unwrap();
    let template = format!("template_{}", schema());
    let mut admin = connect(&cluster.superuser("postgres")).await;
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&template)
        .fetch_optional(&mut admin)
        .await
        .unwrap();
    if found.is_none() {
        let making = format!("making_{}", std::process::id());
        let connect = cluster.ensure_database(&making).await.unwrap();
        let url = Zeroizing::new(connect.url().expose_secret().to_owned());
        let keys = KeyRing::new(MasterKey::from_bytes([7; 32]), vec![]);
        let settings = croft_store::Settings { url, connections: 1, keys };
        Store::connect(settings, Arc::new(SystemEntropy)).await.unwrap().close().await;
        run(&mut admin, format!("ALTER DATABASE {making} RENAME TO {template}")).await;
    }
    let name = format!("t_{}", uuid::Uuid::from_bytes(random()).simple());
    run(
        &mut admin,
        format!("CREATE DATABASE {name} TEMPLATE {template} OWNER croft_owner STRATEGY wal_log"),
    )
    .await;
    let login = cluster.ensure_database("login").await.unwrap();
    (ConnectInfo { database: name.clone(), ..login }, cluster.superuser(&name))
}

fn random() -> [u8; 16] {
    let entropy: &dyn croft_ports::Entropy = &SystemEntropy;
    entropy.bytes()
}

/// Names the schema by its migrations, so that a changed one makes a new template.
fn schema() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    croft_store::migrations().for_each(|checksum| checksum.hash(&mut hasher));
    format!("{:016x}", hasher.finish())
}

/// Connects without a pool.
pub async fn connect(info: &ConnectInfo) -> PgConnection {
    PgConnection::connect(info.url().expose_secret()).await.unwrap()
}

async fn run(admin: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(admin).await.unwrap();
}

impl Drop for Database {
    fn drop(&mut self) {
        let (mut admin, name) = (self.superuser.clone(), self.superuser.database.clone());
        "postgres".clone_into(&mut admin.database);
        // Drop cannot wait in the test's own runtime. What is left is dropped with the folder.
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = connect(&admin).await;
                run(&mut admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            });
        });
        let _ = dropped.join();
    }
}
