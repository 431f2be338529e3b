//! Two routes of one project that could answer the same request, and which of them does.
//!
//! No route is ever covered whole by another one: whichever wins has the narrower host or path, or
//! fewer methods, and leaves the loser the rest. So a route that a project's hosts let through is
//! never dead, and only one with the very same requests is refused.

use std::cmp::Ordering;

use super::pattern::{Method, PathPattern, RoutePattern, Segment, decoded};
use crate::domain::HostPattern;

/// A route that could answer some of the requests that a new one could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// The route that is there.
    pub route: &'a RoutePattern,
    /// Which of the two answers those requests.
    pub wins: Side,
}

/// One of two routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The new one.
    New,
    /// The one that is there.
    Existing,
}

/// The route that answers the very same requests as a new one would: both cannot be.
pub fn conflict<'a>(
    new: &RoutePattern,
    existing: impl IntoIterator<Item = &'a RoutePattern>,
) -> Option<&'a RoutePattern> {
    let key = new.conflict_key();
    existing.into_iter().find(|route| route.conflict_key() == key)
}

/// The routes that could answer some of the requests that a new one could, without those that
/// conflict with it.
pub fn overlaps<'a>(
    new: &RoutePattern,
    existing: impl IntoIterator<Item = &'a RoutePattern>,
) -> Vec<Overlap<'a>> {
    let with = |route: &'a RoutePattern| {
        let meets = methods_meet(&new.method, &route.method)
            && hosts_meet(new.host.as_ref(), route.host.as_ref())
            && paths_meet(&new.path, &route.path);
        let wins = match order(new).cmp(&order(route)) {
            Ordering::Less => Side::New,
            Ordering::Greater => Side::Existing,
            Ordering::Equal => return None,
        };
        meets.then_some(Overlap { route, wins })
    };
    existing.into_iter().filter_map(with).collect()
}

/// What decides between routes that both fit, the smallest first: host, then path, then method. Of
/// `GET` and `HEAD` only `HEAD` requests could go to both, and go to `HEAD`.
fn order(route: &RoutePattern) -> (u8, Vec<u8>, u8) {
    let host = match &route.host {
        Some(HostPattern::Exact(_)) => 0,
        Some(HostPattern::Wildcard(_) | HostPattern::Captured { .. }) => 1,
        None => 2,
    };
    let kinds = route.path.segments().iter().map(|segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Param(_) => 1,
        Segment::Rest(_) => 2,
    });
    (host, kinds.collect(), route.method.rank("HEAD"))
}

fn methods_meet(one: &Method, other: &Method) -> bool {
    match (one, other) {
        (Method::Exactly(one), Method::Exactly(other)) if one == other => true,
        (Method::Exactly(one), Method::Exactly(other)) => {
            matches!((*one, *other), ("GET", "HEAD") | ("HEAD", "GET"))
        }
        (Method::Any, _) | (_, Method::Any) => true,
    }
}

fn hosts_meet(one: Option<&HostPattern>, other: Option<&HostPattern>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one.covers(other) || other.covers(one)
}

fn paths_meet(one: &PathPattern, other: &PathPattern) -> bool {
    let (mut one, mut other) = (one.segments().iter(), other.segments().iter());
    loop {
        match (one.next(), other.next()) {
            (None, None)
            | (Some(Segment::Rest(_)), Some(_))
            | (Some(_), Some(Segment::Rest(_))) => {
                return true;
            }
            (None, Some(_)) | (Some(_), None) => return false,
            (Some(Segment::Literal(one)), Some(Segment::Literal(other))) => {
                if decoded(one) != decoded(other) {
                    return false;
                }
            }
            (Some(_), Some(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RoutePattern {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_requests_are_a_conflict_and_nothing_else() {
        let there: Vec<_> = ["GET /a/:x", "* /a/:x", "GET *.b.test/a/:x"].map(parse).into();
        assert_eq!(conflict(&parse("GET /a/:y"), &there), Some(&there[0]));
        assert_eq!(conflict(&parse("GET {w}.b.test/%61/:y"), &there), Some(&there[2]));
        assert_eq!(conflict(&parse("POST /a/:x"), &there), None);
        assert_eq!(conflict(&parse("GET b.test/a/:x"), &there), None);
    }

    #[test]
    fn of_two_that_fit_the_narrower_one_wins() {
        for (new, other, wins) in [
            ("GET /a/:x", "GET /:y/b", Some(Side::New)),
            ("GET /a/*r", "GET /a/:x", Some(Side::Existing)),
            ("GET a.b.test/*r", "GET *.b.test/x", Some(Side::New)),
            ("GET /x", "GET {w}.b.test/*r", Some(Side::Existing)),
            ("* /x", "POST /x", Some(Side::Existing)),
            ("HEAD /x", "GET /x", Some(Side::New)),
            ("GET /x", "GET /:y", Some(Side::New)),
            ("GET /%61/:y", "GET /a/b", Some(Side::Existing)),
            ("GET /x", "POST /:y", None),
            ("GET /x", "GET /x/*r", None),
            ("GET /a/b", "GET /:x/c", None),
            ("GET a.test/x", "GET b.test/x", None),
            ("GET a.b.c.test/x", "GET *.c.test/x", None),
            ("GET /x", "GET /x", None),
        ] {
            let other = parse(other);
            let found = overlaps(&parse(new), [&other]);
            assert_eq!(found.first().map(|o| o.wins), wins, "{new} and {other}");
            if let Some(wins) = wins {
                let new = parse(new);
                let back = overlaps(&other, [&new])[0].wins;
                assert_ne!(back, wins, "the same from the other side");
            }
        }
    }
}
