//! The roles and the database of Croft's own rows.

use std::{io, path::Path, time::Duration};

use croft_ports::Entropy;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{
    connect::{ConnectInfo, PORT},
    error::{ClusterError, Doing},
    files,
    layout::Layout,
    server::Server,
};

/// The role that Croft logs in as.
const LOGIN: &str = "croft";

/// How long logging in may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one group of statements may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(1);

/// The login role and the three it takes on: `croft_owner` owns the tables, `croft_app` reads and
/// writes under row-level security, `croft_system` past it. The login itself may do nothing.
const ROLES: &str = "
SET client_min_messages = warning;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['croft', 'croft_owner', 'croft_app', 'croft_system'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;
END $$;
ALTER ROLE croft_owner NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE croft_app NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE croft_system NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE croft LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT croft_owner, croft_app, croft_system TO croft;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
";

/// Makes the roles and the database, or mends what differs. Safe to repeat and to be killed in.
///
/// Such statements take no bind parameters, so names and password are part of the text: the roles
/// are constants, the database's name is checked, and the password is base32 of Croft's own, none
/// of which can hold a quote. The server logs no statements.
pub(super) async fn ensure(
    server: &Server,
    database: &str,
    entropy: &dyn Entropy,
) -> Result<ConnectInfo, ClusterError> {
    if !is_name(database) {
        return Err(ClusterError::DatabaseName(database.to_owned()));
    }
    let path = server.layout.password_of(LOGIN);
    let password = files::password(&path, entropy).doing(|| format!("keep {}", path.display()))?;
    let client = connect(&server.superuser("postgres")).await?;
    execute(&client, "make Croft's roles", ROLES).await?;
    let secret = literal(&password);
    execute(
        &client,
        "set the password of Croft's role",
        &format!("ALTER ROLE {LOGIN} PASSWORD {secret}"),
    )
    .await?;

    let doing = || format!("make the database {database}");
    let found = "SELECT FROM pg_database WHERE datname = $1";
    if limit(&doing(), client.query_opt(found, &[&database])).await?.is_none() {
        let sql = format!(
            "CREATE DATABASE {database} OWNER croft_owner TEMPLATE template0 ENCODING 'UTF8'"
        );
        execute(&client, &doing(), &sql).await?;
    }
    let sql = format!(
        "ALTER DATABASE {database} OWNER TO croft_owner;
         REVOKE ALL ON DATABASE {database} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {database} TO {LOGIN};"
    );
    execute(&client, &doing(), &sql).await?;
    let client = connect(&server.superuser(database)).await?;
    let sql = "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
               GRANT ALL ON SCHEMA public TO croft_owner;";
    execute(&client, &doing(), sql).await?;
    Ok(info(&server.layout, password, database))
}

/// How to reach a database that [`ensure`] has made and another process keeps running: for commands
/// on the machine itself beside a running Croft. `None` when it was never made.
pub fn made(
    data_dir: &Path,
    cluster: &'static str,
    database: &str,
) -> io::Result<Option<ConnectInfo>> {
    // The socket's place follows from the directory's real path, as the lock has it.
    let data_dir = match data_dir.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        real => real?,
    };
    let layout = Layout::new(&data_dir, cluster);
    let password = files::read_password(&layout.password_of(LOGIN))?;
    Ok(password.map(|password| info(&layout, password, database)))
}

fn info(layout: &Layout, password: SecretString, database: &str) -> ConnectInfo {
    ConnectInfo {
        socket_dir: layout.socket_dir(),
        port: PORT,
        user: LOGIN.into(),
        password,
        database: database.into(),
    }
}

async fn connect(info: &ConnectInfo) -> Result<Client, ClusterError> {
    info.connect(CONNECT_TIMEOUT).await.map_err(|source| ClusterError::Sql {
        doing: format!("log in to the database {} as {}", info.database, info.user),
        source: source.into(),
    })
}

async fn execute(client: &Client, doing: &str, sql: &str) -> Result<(), ClusterError> {
    limit(doing, client.batch_execute(sql)).await
}

async fn limit<T>(
    doing: &str,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, ClusterError> {
    let sql = |source| ClusterError::Sql { doing: doing.to_owned(), source };
    match timeout(STATEMENT_TIMEOUT, work).await {
        Ok(done) => done.map_err(|error| sql(error.into())),
        Err(late) => Err(sql(late.into())),
    }
}

fn literal(password: &SecretString) -> String {
    format!("'{}'", password.expose_secret().replace('\'', "''"))
}

/// A name that needs no quotes.
fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
