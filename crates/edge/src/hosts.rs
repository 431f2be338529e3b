//! What a request's host is, before any table is asked: Croft's, an address, or somebody's.

use std::net::IpAddr;

use croft_model::{
    host::Hostname,
    route::{Reserved, decoded, reserved},
};
use http::{HeaderMap, Uri, header::HOST, uri::Authority};

use crate::settings::EdgeSettings;

/// The host a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Host(Hostname),
    Address(IpAddr),
}

/// Why a request's host cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    #[error("The request has no Host field; send one with the host that is asked for.")]
    Missing,
    #[error("The request has more than one Host field; send one.")]
    Several,
    #[error("The request's target and its Host field name different hosts; send one of them.")]
    Differing,
    #[error("The request's Host field does not hold a host name or address.")]
    Malformed,
}

/// Reads the host from the target (absolute form, or HTTP/2's `:authority`) and the `Host` field,
/// which must not contradict each other (RFC 9112, 3.2 and RFC 9113, 8.3.1; stricter: the target
/// does not silently win).
pub(crate) fn named(uri: &Uri, headers: &HeaderMap) -> Result<Named, HostError> {
    let mut fields = headers.get_all(HOST).iter();
    let field = fields.next().map(|value| value.to_str().map_err(|_| HostError::Malformed));
    let field = field.transpose()?;
    if fields.next().is_some() {
        return Err(HostError::Several);
    }
    let target = uri.authority().map(Authority::as_str);
    if let (Some(target), Some(field)) = (target, field)
        && !target.eq_ignore_ascii_case(field)
    {
        return Err(HostError::Differing);
    }
    read(target.or(field).ok_or(HostError::Missing)?)
}

fn read(authority: &str) -> Result<Named, HostError> {
    if let Some(address) = address(authority) {
        return Ok(Named::Address(address));
    }
    Hostname::from_authority(authority).map(Named::Host).ok_or(HostError::Malformed)
}

/// `127.0.0.1`, `127.0.0.1:8080`, `[::1]`, `[::1]:8080`.
fn address(authority: &str) -> Option<IpAddr> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port_ok = port.is_empty() || is_port(port.strip_prefix(':')?);
        return port_ok.then(|| address.parse().ok().map(IpAddr::V6)).flatten();
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => authority,
    };
    host.parse().ok().map(IpAddr::V4)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// To whom a request goes, as far as its host and reserved paths tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The control plane, on its own host.
    Control,
    /// The control plane, by an address.
    ControlByAddress,
    /// The control plane's reserved paths on the default project's host.
    ControlByDefaultHost,
    /// The dashboard, by a redirect to this path of the control host.
    Dashboard(String),
    /// A path that Croft keeps for itself on every host.
    Reserved,
    /// Whomever the route table says.
    Project(Hostname),
}

/// What decides about a target, besides the host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'r> {
    pub(crate) path: &'r str,
    /// Path and query.
    pub(crate) whole: &'r str,
    /// Whether it is a browser's navigation: GET or HEAD that takes HTML.
    pub(crate) page: bool,
}

/// To whom a request goes (decision 1). Croft's own names come before anything a tenant claims.
pub(crate) fn target(named: Named, asked: Asked<'_>, settings: &EdgeSettings) -> Target {
    let own = reserved(asked.path, true);
    let host = match named {
        Named::Address(_) => {
            let is_metrics = asked.path.strip_prefix('/').is_some_and(|p| decoded(p) == "metrics");
            let is_programs = is_metrics || matches!(own, Some(Reserved::Api | Reserved::Health));
            return if asked.page && !is_programs {
                Target::Dashboard(asked.whole.to_owned())
            } else {
                Target::ControlByAddress
            };
        }
        Named::Host(host) => host,
    };
    if host == settings.zones.control {
        return Target::Control;
    }
    match reserved(asked.path, host == settings.default_host) {
        Some(Reserved::WellKnown) => Target::Reserved,
        Some(Reserved::Api | Reserved::Health) => Target::ControlByDefaultHost,
        Some(Reserved::Admin) => Target::Dashboard("/".to_owned()),
        None => Target::Project(host),
    }
}
