//! Every setting, declared once: from this table come the reader, the flags, the sample file and
//! the reference page.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroU32, path::PathBuf};

use croft_model::host::Hostname;
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;
use url::Url;

use super::{
    layers::{Layers, Row},
    value::{DatabaseUrl, LogFormat, MasterKey, Mode, Value},
};

/// Declares the settings. A default is text, read like any other; it may use settings above it.
macro_rules! settings {
    (|$env:ident| $($(#[doc = $doc:literal])* $name:ident: $type:ty = $default:expr, $shown:literal;)*) => {
        /// How this installation is set up; all of it is good, alone and together.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $name: $type,)*
            /// Where programs are looked for: `PATH`, as it was at start. Not a setting.
            pub path: Option<OsString>,
        }

        /// All settings, in the order of the documentation.
        pub const TABLE: &[Row] = &[$(Row {
            key: stringify!($name),
            doc: concat!($($doc, "\n"),*),
            default: $shown,
            secret: <$type as Value>::SECRET,
        }),*];

        /// Reads every setting; what is wrong is noted in `layers`, and its default goes on, so
        /// that all problems are found at once.
        pub(super) fn read(layers: &mut Layers<'_>) -> Settings {
            let $env = layers.env();
            $(let $name: $type = layers.value(stringify!($name), || $default.to_string());)*
            Settings { $($name,)* path: $env.get("PATH").map(OsString::from) }
        }
    };
}

settings! { |env|
    /// `development` has convenient defaults; `production` refuses to start with what is not safe
    /// among strangers.
    mode: Mode = "development", "development";
    /// Where Croft keeps everything: its databases, sources, uploads and working files.
    data_dir: PathBuf = env.data_dir(mode), "/var/lib/croft; in development $XDG_DATA_HOME/croft or ~/.local/share/croft";
    /// The addresses to listen on, between commas. In development the port is also taken on `[::1]`
    /// when only 127.0.0.1 is listed and the machine has IPv6.
    listen: Vec<SocketAddr> = "127.0.0.1:8080", "127.0.0.1:8080";
    /// The installation's own domain; the other names are made from it.
    domain: Hostname = "localhost", "localhost";
    /// The host of the dashboard and the API. No tenant's content ever has it.
    control_host: Hostname = format!("croft.{domain}"), "croft.<domain>";
    /// What deployed apps and previews are below. In production give it another registrable
    /// domain than the control host, so that apps and dashboard are different sites to browsers.
    apps_domain: Hostname = format!("apps.{domain}"), "apps.<domain>";
    /// How browsers reach the control host when a proxy stands before Croft: its scheme and port
    /// hold for all of Croft's hosts.
    public_url: Option<Url> = "", "https://<control_host>; in development http with the port of listen";
    /// The Postgres database of Croft's own records.
    database_url: Option<DatabaseUrl> = "", "a private Postgres that Croft runs below data_dir";
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or ranges, between commas.
    trusted_proxies: Vec<IpNet> = "", "none";
    /// The key that secrets at rest are encrypted with: 32 bytes in base64. `-` reads it from
    /// standard input. Never in the file. `croft serve` removes it from its environment.
    master_key: Option<MasterKey> = "", "what master_key_file holds";
    /// The file with that key. Production refuses one below `data_dir` or readable by others.
    master_key_file: PathBuf = match mode {
        Mode::Development => data_dir.join("keys/master.key").display().to_string(),
        Mode::Production => "/etc/croft/master.key".to_owned(),
    }, "/etc/croft/master.key; in development <data_dir>/keys/master.key";
    /// Where to send traces, by OTLP over HTTP (in JSON): the collector's address, like
    /// `http://127.0.0.1:4318`.
    otlp_endpoint: Option<Url> = "", "nowhere";
    /// How log lines look: `text` for people, `json` for programs.
    log_format: LogFormat = match mode {
        Mode::Development => "text",
        Mode::Production => "json",
    }, "json; in development text";
    /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or a list like
    /// `info,croft_edge=debug`.
    log_level: Targets = "info", "info";
    /// Sign-in attempts a minute, for each client address (an IPv6 /64; a /48 has four times as many)
    /// and each account.
    limit_sign_in: NonZeroU32 = "5", "5";
    /// API requests a minute, for each token or session.
    limit_api: NonZeroU32 = "600", "600";
    /// API requests that may come at once before `limit_api` counts.
    limit_api_burst: NonZeroU32 = "100", "100";
    /// API requests a minute without credentials, for each client address (an IPv6 /64; a /48 has
    /// four times as many); and as many with a token or session that was not good lately.
    limit_anonymous: NonZeroU32 = "60", "60";
    /// Processes that run functions, at most.
    max_executors: NonZeroU32 = "32", "32";
}
