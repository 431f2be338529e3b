//! How to reach a database of a cluster.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::{Client, Config, NoTls};
use url::Url;

/// The number in the socket's name; no TCP port.
pub(super) const PORT: u16 = 5432;

/// What a client needs to log in over the unix socket. Printed without the password.
#[derive(Debug, Clone)]
pub struct ConnectInfo {
    /// The directory of the socket `.s.PGSQL.<port>`; absolute.
    pub socket_dir: PathBuf,
    /// The number in the socket's name.
    pub port: u16,
    /// The role to log in as.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The database.
    pub database: String,
}

impl ConnectInfo {
    /// The same as a libpq URL (PostgreSQL manual, 34.1.1.2), the socket in the parameter `host`;
    /// sqlx and psql take it. It holds the password.
    pub fn url(&self) -> SecretString {
        let host = self.socket_dir.to_string_lossy();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("host", &host)
            .append_pair("sslmode", "disable")
            .finish()
            // libpq takes a plus for a plus.
            .replace('+', "%20");
        let mut text = format!("postgres://localhost:{}/?{query}", self.port);
        if let Ok(mut url) = Url::parse(&text) {
            // Neither fails on a URL that has a host.
            let _ = url.set_username(&self.user);
            let _ = url.set_password(Some(self.password.expose_secret()));
            url.set_path(&self.database);
            text = url.into();
        }
        text.into()
    }

    /// Logs in within `timeout`. The connection ends with the client.
    pub(super) async fn connect(&self, timeout: Duration) -> Result<Client, ConnectError> {
        let mut config = Config::new();
        config
            .host_path(&self.socket_dir)
            .port(self.port)
            .user(&self.user)
            .password(self.password.expose_secret())
            .dbname(&self.database)
            .application_name("croft")
            .connect_timeout(timeout);
        let (client, connection) = tokio::time::timeout(timeout, config.connect(NoTls))
            .await
            .map_err(|_| ConnectError::Late)??;
        // Ends by itself when the client is dropped; what goes wrong on it the client is told.
        drop(tokio::spawn(connection));
        Ok(client)
    }
}

/// Logging in failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the server did not answer in time")]
    Late,
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> ConnectInfo {
        ConnectInfo {
            socket_dir: "/data dir/run".into(),
            port: 5432,
            user: "croft".into(),
            password: "hunter2".to_owned().into(),
            database: "croft".into(),
        }
    }

    #[test]
    fn the_url_has_all_and_survives_odd_paths() {
        let url = Url::parse(info().url().expose_secret()).unwrap();
        assert_eq!((url.username(), url.password()), ("croft", Some("hunter2")));
        assert_eq!((url.path(), url.port()), ("/croft", Some(5432)));
        assert!(url.query_pairs().any(|(key, value)| key == "host" && value == "/data dir/run"));
    }

    #[test]
    fn printing_hides_the_password() {
        assert!(!format!("{:?} {:?}", info(), info().url()).contains("hunter2"));
    }
}
