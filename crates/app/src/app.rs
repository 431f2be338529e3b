//! What every use case works with.

use std::sync::Arc;

use croft_model::{
    domain::Zones,
    host::HostLabel,
    id::{Id, Kind},
};
use croft_ports::{
    Clock, Entropy, function_invoker::FunctionInvoker, invocation_log::InvocationLog,
};
use croft_store::Store;
use time::OffsetDateTime;

use crate::Passwords;

/// How this installation is addressed and what it is.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Croft's version.
    pub version: &'static str,
    /// Its names.
    pub zones: Zones,
    /// `http` or `https`, as clients see it.
    pub scheme: &'static str,
    /// The port clients use, when it is not the scheme's own.
    pub port: Option<u16>,
    /// The API's address for scripts.
    pub api_url: String,
}

impl Installation {
    /// The origin of a host of ours, like `http://croft.localhost:8080`.
    pub fn origin(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// The control plane's origin.
    pub fn control_origin(&self) -> String {
        self.origin(self.zones.control.as_str())
    }

    /// Where a project answers.
    pub fn project_origin(&self, label: &HostLabel) -> String {
        self.origin(&self.project_host(label))
    }

    /// A project's host name.
    pub fn project_host(&self, label: &HostLabel) -> String {
        format!("proj-{label}.{}", self.zones.apps)
    }
}

/// Everything a use case may use. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Rows.
    pub store: Store,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Passwords.
    pub passwords: Passwords,
    /// Functions: their sources are checked where they run.
    pub functions: Arc<dyn FunctionInvoker>,
    /// Where their calls are written down.
    pub calls: Arc<dyn InvocationLog>,
    /// Names and addresses.
    pub installation: Arc<Installation>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("installation", &self.installation).finish_non_exhaustive()
    }
}

impl App {
    /// Now.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A new id.
    pub fn id<K: Kind>(&self) -> Id<K> {
        self.entropy.id(self.now())
    }
}
