//! How an installation is set up: defaults < file < environment < flags.
//!
//! Unknown names are refused, and everything that is wrong is told at once, before anything
//! listens. This module knows no command and no server.

mod value;
mod layers;
mod table;
mod check;
mod reference;

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

pub use layers::{Effective, Env, Flags, Row, Source};
pub use reference::{markdown, sample};
pub use table::{Settings, TABLE};
pub use value::{DatabaseUrl, LogFormat, MasterKey, Mode, Outside};

/// The file that holds for the whole machine.
pub const SYSTEM_FILE: &str = "/etc/croft/server.toml";

/// All that is wrong with the settings, one line each, with where and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "{count} {} to put right:", if count == 1 { "setting" } else { "settings" })?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// Settings and what is to be said about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What is allowed but better otherwise; said at start.
    pub warnings: Vec<String>,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Every setting as it is, in order.
    pub effective: Vec<Effective>,
}

impl Settings {
    /// Reads all layers and checks them: what is wrong is in the error, all of it.
    pub fn load(env: &Env, flags: &Flags) -> Result<Loaded, Problems> {
        Self::load_from(env, flags, Path::new(SYSTEM_FILE))
    }

    fn load_from(env: &Env, flags: &Flags, system_file: &Path) -> Result<Loaded, Problems> {
        let mut layers = layers::Layers::open(TABLE, env, flags, system_file);
        let settings = table::read(&mut layers);
        let findings = check::check(&settings, &layers);
        layers.problems.extend(findings.problems);
        if !layers.problems.is_empty() {
            return Err(Problems(layers.problems));
        }
        let layers::Layers { file, effective, .. } = layers;
        Ok(Loaded { settings, warnings: findings.warnings, file, effective })
    }

    /// Whether this is a development installation.
    pub fn is_development(&self) -> bool {
        self.mode == Mode::Development
    }

    /// Addresses to take as well when the machine has them: without IPv6 their absence is no
    /// error. In development the IPv6 loopback beside the IPv4 one, since browsers try it first.
    pub fn listen_if_possible(&self) -> Vec<SocketAddr> {
        let twin = |a: &SocketAddr| SocketAddr::from((Ipv6Addr::LOCALHOST, a.port()));
        let local = self.listen.iter().filter(|a| a.ip() == Ipv4Addr::LOCALHOST && a.port() != 0);
        local.map(twin).filter(|a| self.is_development() && !self.listen.contains(a)).collect()
    }

    /// How browsers reach Croft's hosts, when `port` is the one it listens on.
    pub fn outside(&self, port: u16) -> Outside {
        match &self.public_url {
            Some(url) => Outside::of(url),
            None if self.is_development() => Outside::http(port),
            None => Outside { https: true, port: None },
        }
    }
}

#[cfg(test)]
mod tests;
