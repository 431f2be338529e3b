//! Which header fields cross between a client and a tenant's code, in both directions.

use croft_model::{domain::Zones, host::Hostname};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, FORWARDED, SET_COOKIE, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
};

/// Cookies of Croft's own, on whatever host (decisions 3 and 29).
const OWN_COOKIES: &str = "__host-croft";
/// Header fields of Croft's own.
const OWN_FIELDS: &str = "croft-";

/// Fields that belong to one connection (RFC 9110, 7.6.1), besides those `Connection` names.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE].contains(name)
        || name.as_str() == "keep-alive"
        || name.as_str().starts_with("proxy-")
}

/// Fields by which a client could pretend to be a proxy of ours.
fn is_hearsay(name: &HeaderName) -> bool {
    *name == FORWARDED || name.as_str().starts_with("x-forwarded-") || name.as_str() == "x-real-ip"
}

/// The names that `Connection` fields list.
fn named_by_connection(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// Whether a request's body is coded for its way in a manner that is not undone here: anything but
/// `chunked` once (RFC 9112, 6.1). The HTTP library looks at the last coding alone.
pub(crate) fn has_other_coding(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => false,
        (Some(only), None) => !only.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => true,
    }
}

/// A request's fields as a function sees them, in order: without Croft's own fields and cookies,
/// without those of the connection, and with what proxies said replaced by what is known.
pub(crate) fn for_function(headers: &HeaderMap, secure: bool) -> Vec<(String, String)> {
    let connection = named_by_connection(headers);
    let mut fields: Vec<(String, String)> = Vec::with_capacity(headers.len() + 1);
    let mut cookies: Option<usize> = None;
    for (name, value) in headers {
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else { continue };
        if name.as_str().starts_with(OWN_FIELDS)
            || is_hop_by_hop(name)
            || is_hearsay(name)
            || *name == EXPECT
            || connection.iter().any(|listed| listed == name.as_str())
        {
            continue;
        }
        if *name != COOKIE {
            fields.push((name.as_str().to_owned(), text.to_owned()));
            continue;
        }
        let Some(kept) = without_own_cookies(text) else { continue };
        if let Some(first) = cookies {
            // HTTP/2 may split the field (RFC 9113, 8.2.3).
            let line = &mut fields[first].1;
            line.push_str("; ");
            line.push_str(&kept);
        } else {
            cookies = Some(fields.len());
            fields.push((name.as_str().to_owned(), kept));
        }
    }
    let scheme = if secure { "https" } else { "http" };
    fields.push(("x-forwarded-proto".to_owned(), scheme.to_owned()));
    fields
}

/// Whether a cookie, as `name=value`, is Croft's own. Also when it has no name and its value looks
/// like one, which some browsers send back without the `=`.
fn is_own_cookie(cookie: &str) -> bool {
    let cookie = cookie.trim_start_matches([' ', '\t', '=']).as_bytes();
    cookie
        .get(..OWN_COOKIES.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OWN_COOKIES.as_bytes()))
}

fn without_own_cookies(line: &str) -> Option<String> {
    if !line.split(';').any(is_own_cookie) {
        return Some(line.to_owned());
    }
    let kept: Vec<&str> =
        line.split(';').map(str::trim).filter(|c| !c.is_empty() && !is_own_cookie(c)).collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

/// Which `Domain` attributes of cookies a host may not set.
#[derive(Debug)]
pub(crate) struct CookieRule<'a> {
    pub(crate) host: &'a str,
    pub(crate) zones: &'a Zones,
    pub(crate) default_host: &'a Hostname,
}

impl CookieRule<'_> {
    /// Every `Domain` is dropped below the apps domain, where hosts of different tenants are
    /// siblings, and on the default host, and wherever it would reach the control host.
    fn drops(&self, domain: &str) -> bool {
        let below = |host: &str, base: &str| {
            host.strip_suffix(base).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let domain = domain.trim().trim_start_matches('.').to_ascii_lowercase();
        below(self.host, self.zones.apps.as_str())
            || self.host == self.default_host.as_str()
            || below(self.zones.control.as_str(), &domain)
            || below(self.zones.apps.as_str(), &domain)
    }

    /// A cookie as it may be set; `None` when it may not be at all.
    fn apply(&self, cookie: &str) -> Option<String> {
        if is_own_cookie(cookie) {
            return None;
        }
        let is_dropped = |attribute: &str| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            name.trim().eq_ignore_ascii_case("domain") && self.drops(value)
        };
        let mut parts = cookie.split(';');
        let pair = parts.next().unwrap_or_default();
        let kept = parts.filter(|attribute| !is_dropped(attribute));
        Some(std::iter::once(pair).chain(kept).collect::<Vec<_>>().join(";"))
    }
}

/// The fields of a function's answer as the client gets them: without Croft's own fields and
/// cookies and those of the connection. What is no header field is left out. The length is the
/// server's to say.
pub(crate) fn from_function(fields: &[(String, String)], cookies: &CookieRule<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(fields.len() + 2);
    for (name, value) in fields {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        if name.as_str().starts_with(OWN_FIELDS) || name == CONTENT_LENGTH {
            continue;
        }
        let value = if name == SET_COOKIE {
            let Some(cookie) = cookies.apply(value) else { continue };
            HeaderValue::try_from(cookie)
        } else {
            HeaderValue::from_bytes(value.as_bytes())
        };
        if let Ok(value) = value {
            headers.append(name, value);
        }
    }
    for name in named_by_connection(&headers) {
        headers.remove(name);
    }
    let hops: Vec<HeaderName> = headers.keys().filter(|n| is_hop_by_hop(n)).cloned().collect();
    for name in hops {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones() -> Zones {
        let host = |t: &str| t.parse().unwrap();
        Zones {
            domain: host("example.com"),
            control: host("croft.example.com"),
            apps: host("apps.example.net"),
            development: false,
        }
    }

    fn set_cookie(host: &str, cookie: &str) -> Option<String> {
        let default_host = "localhost".parse().unwrap();
        CookieRule { host, zones: &zones(), default_host: &default_host }.apply(cookie)
    }

    #[test]
    fn domains_of_cookies_are_dropped_where_they_reach_others() {
        let app = "proj-abc.apps.example.net";
        for domain in ["apps.example.net", "proj-abc.apps.example.net", "", ".example.net"] {
            let cookie = format!("a=b; Path=/;dOmAiN = {domain} ; Secure");
            assert_eq!(set_cookie(app, &cookie).unwrap(), "a=b; Path=/; Secure", "{domain}");
        }
        assert_eq!(set_cookie(app, "a=b; Domain").unwrap(), "a=b");
        assert_eq!(set_cookie("localhost", "a=b; domain=localhost").unwrap(), "a=b");
        let custom = "shop.example.com";
        assert_eq!(set_cookie(custom, "a=b; Domain=.Example.com; Secure").unwrap(), "a=b; Secure");
        let own = "a=b; Domain=shop.example.com";
        assert_eq!(set_cookie(custom, own).unwrap(), own);
        // A cookie named "domain" is nobody's attribute.
        assert_eq!(set_cookie(app, "domain=x").unwrap(), "domain=x");
    }

    #[test]
    fn own_cookies_are_not_for_tenants() {
        for cookie in
            ["__Host-croft=x", " __host-CROFT-preview=x", "=__Host-croft=x", "= __Host-croft"]
        {
            assert_eq!(set_cookie("shop.example.com", cookie), None, "{cookie}");
        }
        assert!(set_cookie("shop.example.com", "__Host-other=x").is_some());
        assert_eq!(without_own_cookies("a=1;__Host-croft=x; b=2").unwrap(), "a=1; b=2");
        assert_eq!(without_own_cookies("__Host-croft=x; __Host-croft-preview=y"), None);
        assert_eq!(without_own_cookies("a=1;  b=2").unwrap(), "a=1;  b=2");
    }

    #[test]
    fn what_an_answer_may_not_say_is_left_out() {
        let default_host = "localhost".parse().unwrap();
        let rule = CookieRule { host: "a.b", zones: &zones(), default_host: &default_host };
        let fields: Vec<(String, String)> = [
            ("connection", "x-hop, close"),
            ("x-hop", "1"),
            ("keep-alive", "1"),
            ("transfer-encoding", "chunked"),
            ("proxy-authenticate", "x"),
            ("content-length", "99"),
            ("croft-request-id", "forged"),
            ("bad name", "x"),
            ("x-split", "a\r\nb: c"),
            ("x-good", "grün"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into();
        let headers = from_function(&fields, &rule);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-good"]);
    }
}
