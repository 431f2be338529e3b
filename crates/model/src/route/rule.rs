//! The rule said another way, slowly and plainly, for the tree to be held against: here by chance
//! (`naive.rs`), in `fuzz/parsers/` by a fuzzer.

use super::{Found, Match, Method, RoutePattern, Segment, decoded};
use crate::domain::HostPattern;

/// The place of the route that answers with the values of its parameters, or the allowed methods.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Called(usize, Vec<String>, Option<String>),
    Allowed(Vec<String>),
}
use Said::{Allowed, Called};

/// How a path fits a pattern: the kinds of its segments and the values of its parameters.
fn path_fit(route: &RoutePattern, path: &str) -> Option<(Vec<u8>, Vec<String>)> {
    let mut parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    if path == "/" {
        parts.clear();
    }
    let (mut kinds, mut values) = (vec![], vec![]);
    let mut left = &parts[..];
    for segment in route.path.segments() {
        let (first, others) = left.split_first()?;
        match segment {
            Segment::Literal(text) if decoded(text) == decoded(first) => kinds.push(0),
            Segment::Literal(_) => return None,
            Segment::Param(_) if first.is_empty() => return None,
            Segment::Param(_) => {
                kinds.push(1);
                values.push(decoded(first).into_owned());
            }
            Segment::Rest(_) => {
                let rest = left.join("/");
                kinds.push(2);
                values.push(decoded(&rest).into_owned());
                return (!rest.is_empty()).then_some((kinds, values));
            }
        }
        left = others;
    }
    left.is_empty().then_some((kinds, values))
}

/// How a host fits a route's: which comes first, and the captured label.
fn host_fit(pattern: Option<&HostPattern>, host: &str) -> Option<(u8, Option<String>)> {
    let Some(pattern) = pattern else { return Some((2, None)) };
    if let HostPattern::Exact(own) = pattern {
        return (own.as_str() == host).then_some((0, None));
    }
    let label = host.strip_suffix(pattern.base().as_str())?.strip_suffix('.')?;
    let captured = matches!(pattern, HostPattern::Captured { .. }).then(|| label.to_owned());
    (!label.contains('.')).then_some((1, captured))
}

/// Of all routes that fit, the one that is first by host, then by the kinds of its segments, then
/// by its method.
pub(crate) fn naive(routes: &[RoutePattern], host: &str, method: &str, path: &str) -> Said {
    let mut fitting = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let Some((level, label)) = host_fit(route.host.as_ref(), host) else { continue };
        let Some((kinds, values)) = path_fit(route, path) else { continue };
        let exact = match &route.method {
            Method::Exactly(own) if *own == method => 0,
            Method::Exactly(_) => 1,
            Method::Any => 2,
        };
        fitting.push(((level, kinds, exact, index), &route.method, values, label));
    }
    fitting.sort_by(|one, other| one.0.cmp(&other.0));
    if let Some(((.., index), _, values, label)) = fitting.iter().find(|f| f.1.fits(method)) {
        return Called(*index, values.clone(), label.clone());
    }
    let mut allow: Vec<_> = fitting.iter().map(|f| f.1.to_string()).collect();
    if allow.iter().any(|m| m == "GET") {
        allow.push("HEAD".into());
    }
    allow.sort();
    allow.dedup();
    Allowed(allow)
}

/// What the tree says, said the same way.
pub(crate) fn said(found: Match<'_, usize>) -> Said {
    match found {
        Match::Found(Found { target, params, host_param }) => {
            let values = params.into_iter().map(|(_, value)| value).collect();
            Called(*target, values, host_param.map(|(_, label)| label))
        }
        Match::MethodNotAllowed { allow } => Allowed(allow),
        Match::NotFound => Allowed(vec![]),
    }
}
