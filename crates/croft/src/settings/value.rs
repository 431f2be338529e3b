//! The types settings have, each with one way to read it from text.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use croft_model::host::Hostname;
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;
use url::Url;
use zeroize::Zeroizing;

/// A type a setting can have.
pub(super) trait Value: Sized {
    /// Whether its text must never be printed or given on a command line.
    const SECRET: bool = false;

    /// Reads it. The error says what would be right.
    fn parse(text: &str) -> Result<Self, String>;

    /// The text for people; of a secret, `***`.
    fn show(&self) -> String;
}

impl<T: Value> Value for Option<T> {
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(String::new, T::show)
    }
}

/// What kind of installation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On one's own machine: convenient defaults.
    Development,
    /// Among strangers: what is not safe there stops the start.
    Production,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Declares how an enum of few words is read and shown.
macro_rules! words {
    ($type:ident: $($word:literal => $variant:ident),*) => {
        impl Value for $type {
            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("`{text}` is not one of: {}", [$($word),*].join(", "))),
                }
            }
            fn show(&self) -> String {
                match self { $(Self::$variant => $word.to_owned()),* }
            }
        }
    };
}
words!(Mode: "development" => Development, "production" => Production);
words!(LogFormat: "text" => Text, "json" => Json);

/// Declares types that read and show themselves, with what to write when that fails.
macro_rules! plain {
    ($($type:ty => $expected:literal;)*) => {$(
        impl Value for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("`{text}` is not {}", $expected))
            }
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
plain! {
    std::num::NonZeroU32 => "a number from 1 to 4294967295";
    SocketAddr => "an address with a port, like 127.0.0.1:8080 or [::1]:8080";
    Targets => "a log level (error, warn, info, debug, trace) or a list like info,croft_edge=debug";
}

impl Value for IpNet {
    fn parse(text: &str) -> Result<Self, String> {
        let one = || text.parse::<IpAddr>().map(Self::from);
        text.parse().or_else(|_| one()).map_err(|_| {
            format!("`{text}` is not an address or a range of them, like 10.0.0.1 or fd00::/8")
        })
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Hostname {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e: croft_model::Invalid| {
            format!("`{text}` is not a host name: {}", e.problem)
        })
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for PathBuf {
    /// Absolute from here on, so that a later change of directory moves nothing.
    fn parse(text: &str) -> Result<Self, String> {
        std::path::absolute(text).map_err(|e| format!("`{text}` is not a path: {e}"))
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// Several, between commas.
impl<T: Value> Value for Vec<T> {
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(T::parse).collect()
    }
    fn show(&self) -> String {
        self.iter().map(T::show).collect::<Vec<_>>().join(",")
    }
}

impl Value for Url {
    fn parse(text: &str) -> Result<Self, String> {
        let url = Self::parse(text).ok();
        url.filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
            .ok_or_else(|| format!("`{text}` is not an address like https://croft.example.com"))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// The URL of a Postgres database, with its password: printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Zeroizing<String>);

impl DatabaseUrl {
    /// The URL itself, for the one place that connects.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Value for DatabaseUrl {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let good = Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "postgres" | "postgresql"));
        // Never the text itself: it may hold a password.
        good.then(|| Self(text.to_owned().into()))
            .ok_or_else(|| "expected postgres://user:password@host:5432/database".to_owned())
    }
    fn show(&self) -> String {
        "***".to_owned()
    }
}

/// The key that secrets at rest are encrypted with: printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// What a key looks like, and how to make one.
    pub(super) const EXPECTED: &str =
        "expected 32 bytes in base64; make them with: openssl rand -base64 32";

    /// Reads 32 bytes in base64, as `openssl rand -base64 32` prints them and key files hold them.
    pub fn from_base64(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).ok();
        bytes
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
            .map(|bytes| Self(bytes.into()))
            .ok_or_else(|| Self::EXPECTED.to_owned())
    }

    /// The bytes, for the one place that encrypts.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Value for MasterKey {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Self::from_base64(text)
    }
    fn show(&self) -> String {
        "***".to_owned()
    }
}

/// Declares that `{:?}` tells nothing.
macro_rules! secret {
    ($($type:ident),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )*};
}
secret!(DatabaseUrl, MasterKey);

/// How browsers reach Croft's hosts: the scheme and the port, without the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Whether it is https.
    pub https: bool,
    /// The port, when it is not the scheme's own.
    pub port: Option<u16>,
}

impl Outside {
    /// That of a URL.
    pub(super) fn of(url: &Url) -> Self {
        Self { https: url.scheme() == "https", port: url.port() }
    }

    /// Plain http on that port.
    pub fn http(port: u16) -> Self {
        Self { https: false, port: Some(port).filter(|p| *p != 80) }
    }

    /// `http` or `https`.
    pub fn scheme(self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// The host with the port that belongs to it, as a `Host` header has it.
    pub fn authority(self, host: &str) -> String {
        self.port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The origin of that host, without a final slash.
    pub fn url(self, host: &str) -> String {
        format!("{}://{}", self.scheme(), self.authority(host))
    }
}

/// Whether `path` lies in `folder`, links followed as far as they exist.
pub(super) fn lies_within(path: &Path, folder: &Path) -> bool {
    let real = |p: &Path| {
        p.ancestors()
            .find_map(|a| Some(a.canonicalize().ok()?.join(p.strip_prefix(a).ok()?)))
            .unwrap_or_else(|| p.to_owned())
    };
    real(path).starts_with(real(folder))
}
