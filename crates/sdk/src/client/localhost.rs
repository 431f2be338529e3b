//! Names below `localhost` are this machine (RFC 6761, 6.3). Most system resolvers know only
//! `localhost` itself, so they are never asked about these names.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether a host name is this machine's by its name alone.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a server is on this machine.
pub(super) fn is_here(server: &Url) -> bool {
    match server.host() {
        Some(Host::Domain(name)) => is_local_name(name),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Answers loopback for local names and asks the system for all others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_local_name(name.as_str()) {
                let both = [
                    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                    SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
                ];
                return Ok(Box::new(both.into_iter()) as Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_names() {
        for local in ["localhost", "croft.localhost", "A.B.LocalHost", "x.localhost."] {
            assert!(is_local_name(local), "{local}");
        }
        for other in ["notlocalhost", "localhost.example.com", "example.com", ""] {
            assert!(!is_local_name(other), "{other}");
        }
    }
}
