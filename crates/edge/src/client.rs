//! Who the client is: its address, behind proxies that are trusted to say it (decision 53).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// More hops than this nobody has; a longer list is an attack.
const HOPS_MAX: usize = 32;

/// A client's address, and whether it spoke TLS to us or to a proxy of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: IpAddr,
    pub(crate) secure: bool,
}

impl Client {
    /// The client of a request that `peer` sent: the peer itself, or, when that is a trusted proxy,
    /// the rightmost address of `X-Forwarded-For` that is not one.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.to_canonical();
        if !is_trusted(peer, trusted) {
            return Self { address: peer, secure: false };
        }
        let proto = headers.get_all(FORWARDED_PROTO).iter().next_back();
        let secure = proto
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.rsplit(',').next())
            .is_some_and(|text| text.trim().eq_ignore_ascii_case("https"));
        let mut address = peer;
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        for hop in lines.flat_map(|v| v.to_str().unwrap_or("?").rsplit(',')).take(HOPS_MAX) {
            // What comes after something unreadable was not said by anyone we trust.
            let Some(hop) = address_of(hop.trim()) else { break };
            address = hop;
            if !is_trusted(hop, trusted) {
                break;
            }
        }
        Self { address, secure }
    }
}

/// Whether that address is a trusted proxy's.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|a| a.ip()));
    address.ok().map(|a: IpAddr| a.to_canonical())
}

/// What counts as one client when connections are counted: an IPv4 address, or an IPv6 /64, since
/// whoever has one address of it has them all.
pub(crate) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> (String, bool) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let client = Client::of(peer.parse().unwrap(), &map, &trusted);
        (client.address.to_string(), client.secure)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let says = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")];
        assert_eq!(client("9.9.9.9", &says), ("9.9.9.9".into(), false));
        assert_eq!(client("10.0.0.1", &says), ("1.2.3.4".into(), true));
        assert_eq!(client("::ffff:10.0.0.1", &says), ("1.2.3.4".into(), true));
    }

    #[test]
    fn the_rightmost_untrusted_hop_is_the_client() {
        let far = |value| client("10.0.0.1", &[("x-forwarded-for", value)]).0;
        assert_eq!(far("6.6.6.6, 1.2.3.4, 10.1.1.1"), "1.2.3.4");
        assert_eq!(far("6.6.6.6, [2001:db8::1]:99, 10.1.1.1"), "2001:db8::1");
        assert_eq!(far("6.6.6.6, 1.2.3.4:567"), "1.2.3.4");
        // Behind something unreadable is only hearsay.
        assert_eq!(far("6.6.6.6, unknown, 10.1.1.1"), "10.1.1.1");
        assert_eq!(far(""), "10.0.0.1");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")];
        assert_eq!(client("10.0.0.1", &lines).0, "1.2.3.4");
    }

    #[test]
    fn a_v6_network_is_one_client() {
        let key = |t: &str| counted_as(t.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("1.2.3.4"), key("1.2.3.5"));
        assert_eq!(key("::ffff:1.2.3.4"), key("1.2.3.4"));
    }
}
