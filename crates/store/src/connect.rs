//! Reaching the database: roles, migrations, pools.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use croft_model::id::TeamId;
use croft_ports::Entropy;
use sqlx::{
    PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use zeroize::Zeroizing;

use crate::{
    Hints, KeyRing, Result,
    tx::{Purpose, System, Team, Tx},
    vault::Vault,
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the login role runs when it cannot make the roles itself.
const ROLES: [(&str, &str); 3] = [
    ("croft_owner", "CREATE ROLE croft_owner NOLOGIN"),
    ("croft_app", "CREATE ROLE croft_app NOLOGIN"),
    ("croft_system", "CREATE ROLE croft_system NOLOGIN BYPASSRLS"),
];

/// How to reach the database and what to seal with.
#[derive(Clone)]
pub struct Settings {
    /// The server, login role, password and database, as a `postgres://` URL.
    pub url: Zeroizing<String>,
    /// Connections for tenants' requests; as many again for the system's own.
    pub connections: u32,
    /// The master keys.
    pub keys: KeyRing,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Why the store did not open. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No connection.
    #[error("cannot connect to Postgres")]
    Unreachable(#[source] sqlx::Error),
    /// The roles are missing and the login role may not make them.
    #[error(
        "the database role `{login}` cannot make the roles Croft works with. Have a superuser run:\n\n  {statements}\n\nand start again"
    )]
    Roles {
        /// The role of the connection URL.
        login: String,
        /// What to run.
        statements: String,
    },
    /// The schema is of a later Croft.
    #[error(
        "the database was last used by a newer Croft (schema {found}, this one knows up to {known}). Start that version, or restore a backup from before the upgrade; nothing was changed"
    )]
    Newer {
        /// The schema's version.
        found: i64,
        /// The last one known.
        known: i64,
    },
    /// A migration failed; the schema is as before it.
    #[error("a migration of the database failed; nothing of it was kept")]
    Migration(#[source] MigrateError),
    /// Anything else the database said.
    #[error("the database refused")]
    Database(#[from] sqlx::Error),
}

/// The door to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    app: PgPool,
    system: PgPool,
    hints: Hints,
    vault: Vault,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A store that may come later, once.
pub type LateStore = Arc<OnceLock<Store>>;

impl Store {
    /// Makes the roles if they are missing, brings the schema up to date, opens the pools.
    pub async fn connect(
        settings: Settings,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ConnectError> {
        let Settings { url, connections, keys } = settings;
        let connect: PgConnectOptions = url.parse().map_err(ConnectError::Unreachable)?;
        let connect = connect.application_name("croft");
        prepare_roles(&connect).await?;
        migrate(&connect).await?;
        let pool = |role| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(5))
                .idle_timeout(Duration::from_mins(5))
                .connect_lazy_with(connect.clone().options(session(role)))
        };
        Ok(Self {
            app: pool("croft_app"),
            system: pool("croft_system"),
            hints: Hints::default(),
            vault: Vault::new(keys, entropy),
        })
    }

    /// Opens a transaction that sees one team.
    pub async fn team(&self, team: TeamId) -> Result<Tx<Team>> {
        self.teams(&[team]).await
    }

    /// Opens a transaction that sees these teams.
    pub async fn teams(&self, teams: &[TeamId]) -> Result<Tx<Team>> {
        #[cfg(feature = "planted")]
        if crate::planted::is_wall_down() {
            let (hints, vault) = (self.hints.clone(), self.vault.clone());
            return Tx::begin_for(&self.system, hints, vault, teams).await;
        }
        Tx::begin_for(&self.app, self.hints.clone(), self.vault.clone(), teams).await
    }

    /// Opens a transaction that sees all teams, for a purpose.
    pub async fn system(&self, purpose: Purpose) -> Result<Tx<System>> {
        Tx::begin_as(&self.system, self.hints.clone(), self.vault.clone(), purpose).await
    }

    /// Opens a transaction that sees all teams at one moment and changes nothing, for a purpose.
    pub async fn reading(&self, purpose: Purpose) -> Result<Tx<System>> {
        Tx::begin_reading(&self.system, self.hints.clone(), self.vault.clone(), purpose).await
    }

    /// What moves after commits.
    pub fn hints(&self) -> &Hints {
        &self.hints
    }

    /// Asks the database whether it is there.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.app).await?;
        Ok(())
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        self.app.close().await;
        self.system.close().await;
    }
}

impl ConnectError {
    /// Whether the same may work later without anybody doing anything here: nothing was reached, or
    /// it broke off.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Database(_))
    }
}

/// Checksums of the embedded migrations, in order: what tells one schema from another.
pub fn migrations() -> impl Iterator<Item = &'static [u8]> {
    MIGRATIONS.iter().map(|m| &*m.checksum)
}

/// Settings of every session: the role it works as, and bounds on what it may hold up.
fn session(role: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("role", role),
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ]
}

async fn open(options: PgConnectOptions) -> Result<PgPool, ConnectError> {
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(15))
        .connect_with(options)
        .await
        .map_err(ConnectError::Unreachable)
}

async fn prepare_roles(connect: &PgConnectOptions) -> Result<(), ConnectError> {
    let pool = open(connect.clone()).await?;
    let mut missing = Vec::new();
    for (role, create) in ROLES {
        let usable: Option<bool> = sqlx::query_scalar(
            "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1",
        )
        .bind(role)
        .fetch_optional(&pool)
        .await?;
        if usable == Some(true) {
            continue;
        }
        if usable.is_none() && sqlx::query(create).execute(&pool).await.is_err() {
            missing.push(create.to_owned());
        }
        let grant = format!("GRANT {role} TO CURRENT_USER");
        if sqlx::query(sqlx::AssertSqlSafe(grant)).execute(&pool).await.is_err() {
            missing.push(format!("GRANT {role} TO {}", connect.get_username()));
        }
    }
    let ready: bool = sqlx::query_scalar(
        "SELECT has_schema_privilege('croft_owner', 'public', 'CREATE')
            AND has_schema_privilege('croft_app', 'public', 'USAGE')
            AND has_schema_privilege('croft_system', 'public', 'USAGE')",
    )
    .fetch_one(&pool)
    .await
    .unwrap_or(false);
    if !ready {
        let schema = "GRANT ALL ON SCHEMA public TO croft_owner; \
                      GRANT USAGE ON SCHEMA public TO croft_app, croft_system";
        if sqlx::raw_sql(schema).execute(&pool).await.is_err() {
            missing.push(schema.to_owned());
        }
    }
    pool.close().await;
    if missing.is_empty() {
        return Ok(());
    }
    Err(ConnectError::Roles {
        login: connect.get_username().to_owned(),
        statements: missing.join(";\n  ") + ";",
    })
}

async fn migrate(connect: &PgConnectOptions) -> Result<(), ConnectError> {
    let pool =
        open(connect.clone().options([("role", "croft_owner"), ("lock_timeout", "30s")])).await?;
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    let exists: Option<String> =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::text").fetch_one(&pool).await?;
    if exists.is_some() {
        let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await?;
        if let Some(found) = found.filter(|found| *found > known) {
            return Err(ConnectError::Newer { found, known });
        }
    }
    MIGRATIONS.run(&pool).await.map_err(ConnectError::Migration)?;
    pool.close().await;
    Ok(())
}
