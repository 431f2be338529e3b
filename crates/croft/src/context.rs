//! What every client command has at hand: which server, whose credentials, which project.

use std::{path::PathBuf, sync::Arc};

use croft_ports::{Clock, Entropy, clock::SystemClock, entropy::SystemEntropy};
use croft_sdk::client::{Client, ProjectRef};

use crate::{
    credentials::{self, Credentials},
    failure::Failure,
    link::Link,
    output::Out,
    settings::Env,
};

/// The surroundings of one command.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where output goes.
    pub(crate) out: Out,
    /// The environment at start.
    pub(crate) env: Env,
    /// The folder it runs in.
    pub(crate) folder: PathBuf,
    /// `--server`.
    pub(crate) server: Option<String>,
    /// `--token`.
    pub(crate) token: Option<String>,
}

impl Context {
    /// A client of the server meant, without credentials.
    ///
    /// `--server`, else `CROFT_URL`, else the server of `croft.toml`, else the one last signed in
    /// to.
    pub(crate) fn anonymous(&self, named: Option<&str>) -> Result<Client, Failure> {
        let explicit = named.or(self.server.as_deref()).or_else(|| self.env.get("CROFT_URL"));
        if let Some(server) = explicit {
            return client(server);
        }
        let link = Link::find(&self.folder)?;
        let known = Credentials::read(&credentials::path(&self.env)?)?.current;
        let server = link.server.or(known).ok_or_else(|| {
            Failure::usage(
                "which server? Sign in first: croft login URL, or name one with --server or \
                 CROFT_URL",
            )
        })?;
        client(&server)
    }

    /// A client with the credentials for its server.
    ///
    /// A token given by hand goes only to a server given by hand: a `croft.toml` that came with
    /// somebody's repository must not decide where it is sent. One that is kept goes only to the
    /// server it is kept for.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let client = self.anonymous(None)?;
        if let Some(token) = self.token.as_deref().or_else(|| self.env.get("CROFT_TOKEN")) {
            if self.server.is_none() && self.env.get("CROFT_URL").is_none() {
                return Err(Failure::usage(
                    "a token needs the server it is for: give --server or CROFT_URL too",
                ));
            }
            return Ok(client.with_token(token));
        }
        let server = client.server();
        let mut known = Credentials::read(&credentials::path(&self.env)?)?;
        match known.servers.remove(&server) {
            Some(sign_in) => Ok(client.with_token(sign_in.token)),
            None => Err(Failure::not_signed_in(&server)),
        }
    }

    /// The project meant: the one named, else the one the folder is linked to.
    pub(crate) fn project(&self, named: Option<ProjectRef>) -> Result<ProjectRef, Failure> {
        named.map_or_else(|| Link::find(&self.folder)?.project(), |p| Ok(Some(p)))?.ok_or_else(
            || Failure::usage("which project? Give --project P, or link this folder: croft link P"),
        )
    }
}

/// A client whose creates can be sent twice without harm.
fn client(server: &str) -> Result<Client, Failure> {
    let keys = Arc::new(|| {
        let entropy: &dyn Entropy = &SystemEntropy;
        entropy.uuid(SystemClock.now()).to_string()
    });
    Ok(Client::new(server)?.with_keys(keys))
}
