//! A Postgres that somebody else runs, to be stopped and started again.

use std::sync::Arc;

use croft_ports::entropy::SystemEntropy;
use croft_providers::postgres::{Cluster, ClusterSettings, ConnectInfo, DataDirLock, search_dirs};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{postgres::connect, server::processes};

/// A server of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Elsewhere {
    folder: TempDir,
    superuser: ConnectInfo,
}

impl Elsewhere {
    /// One that runs and knows nobody.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let superuser = with_cluster(&folder, async |cluster| cluster.superuser("postgres"));
        Self { folder, superuser }
    }

    /// How its superuser reaches it.
    pub fn superuser(&self) -> &ConnectInfo {
        &self.superuser
    }

    /// Stops it.
    pub fn stop(&self) {
        with_cluster(&self.folder, async |cluster| cluster.stop().await.unwrap());
    }

    /// Starts it again.
    pub fn start(&self) {
        with_cluster(&self.folder, async |_| ());
    }

    /// A role with these attributes, and a database for it; neither knows Croft.
    pub fn give(&self, name: &str, attributes: &str) -> ConnectInfo {
        sql(&self.superuser, &format!("CREATE ROLE {name} LOGIN PASSWORD 'pw' {attributes}"));
        sql(&self.superuser, &format!("CREATE DATABASE {name}"));
        let (user, password) = (name.to_owned(), "pw".to_owned().into());
        ConnectInfo { user, password, database: name.to_owned(), ..self.superuser.clone() }
    }

    /// Forgets Croft's roles, with all they own in that database.
    pub fn forget(&self, name: &str) {
        sql(&self.superuser, &format!("DROP DATABASE {name}"));
        sql(&self.superuser, "DROP ROLE croft_owner, croft_app, croft_system");
    }
}

impl Default for Elsewhere {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        processes::kill(&processes::at_work_in(self.folder.path()));
    }
}

/// Opens the cluster, started or adopted; it stays when it was not stopped.
fn with_cluster<T>(folder: &TempDir, act: impl AsyncFnOnce(Cluster) -> T) -> T {
    Runtime::new().unwrap().block_on(async {
        let lock = Arc::new(DataDirLock::acquire(folder.path()).unwrap());
        let settings = ClusterSettings::for_tests(search_dirs(None));
        act(Cluster::open(lock, settings, Arc::new(SystemEntropy)).await.unwrap()).await
    })
}

/// Runs statements.
pub fn sql(info: &ConnectInfo, statements: &str) {
    Runtime::new().unwrap().block_on(async {
        let mut connection = connect(info).await;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    });
}
