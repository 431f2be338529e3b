//! Paths that are Croft's own on hosts that are not (decision 1).

use super::pattern::{PathPattern, Segment, decoded};

/// A path that no route answers, and to whom it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// `/.well-known/croft` and below, on every host.
    WellKnown,
    /// `/api` and below on the default project's host: the API, by bearer tokens.
    Api,
    /// `/healthz` and `/version` on the default project's host.
    Health,
    /// `/admin` and below on the default project's host: leads to the dashboard.
    Admin,
}

/// Whose a percent-encoded path is on a host of a project's, the default project's host or any
/// other. Compared decoded and segment by segment, as routes are: what a route can match another
/// way is no less Croft's.
pub fn reserved(path: &str, is_default_host: bool) -> Option<Reserved> {
    let mut segments = path.strip_prefix('/')?.splitn(3, '/').map(decoded);
    let (first, second) = (segments.next()?, segments.next());
    match (&*first, second.as_deref()) {
        (".well-known", Some("croft")) => Some(Reserved::WellKnown),
        ("api", _) if is_default_host => Some(Reserved::Api),
        ("admin", _) if is_default_host => Some(Reserved::Admin),
        ("healthz" | "version", None) if is_default_host => Some(Reserved::Health),
        _ => None,
    }
}

impl PathPattern {
    /// Whether it begins with a segment that Croft keeps on the default project's host: a route of
    /// that project may not. Compared percent-decoded, as requests are.
    pub fn is_reserved(&self) -> bool {
        let Some(Segment::Literal(first)) = self.segments().first() else { return false };
        matches!(&*decoded(first), "api" | "admin" | "healthz" | "version")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_croft_keeps_is_reserved_however_it_is_written() {
        let is_reserved = |text: &str| text.parse::<PathPattern>().unwrap().is_reserved();
        for path in
            ["/api", "/api/:x", "/admin/*r", "/healthz", "/version/x", "/%61pi/x", "/a%64min"]
        {
            assert!(is_reserved(path), "{path}");
        }
        for path in ["/", "/:x", "/*r", "/apis", "/x/api", "/API", "/api%2Fx", "/%ff", "/api%"] {
            assert!(!is_reserved(path), "{path}");
        }
    }

    #[test]
    fn paths_of_requests() {
        use Reserved::{Admin, Api, Health, WellKnown};
        for (path, on_default, elsewhere) in [
            ("/api", Some(Api), None),
            ("/%61pi/x", Some(Api), None),
            ("/admin/x", Some(Admin), None),
            ("/healthz", Some(Health), None),
            ("/healthz/", None, None),
            ("/v%65rsion", Some(Health), None),
            ("/version/x", None, None),
            ("//api", None, None),
            ("/api%2Fx", None, None),
            ("/", None, None),
            ("*", None, None),
            ("/.well-known", None, None),
            ("/.well-known/croft", Some(WellKnown), Some(WellKnown)),
            ("/.well-known/croft/x", Some(WellKnown), Some(WellKnown)),
            ("/.well%2Dknown/%63roft/x", Some(WellKnown), Some(WellKnown)),
            ("/.well-known/croftx", None, None),
        ] {
            assert_eq!((reserved(path, true), reserved(path, false)), (on_default, elsewhere));
        }
    }
}
