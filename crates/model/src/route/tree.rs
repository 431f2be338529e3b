//! All routes of a project, ready to be asked.
//!
//! Routes for exactly the host that is asked for come first, then those for the pattern one label
//! above it, then those for all hosts of the project. Where one of these has no route that fits,
//! the next is asked: a host of its own has what all hosts have, and may have more.

use super::{
    explain::{Level, Step, Trace},
    paths::{Asked, Names, Paths, Pending},
    pattern::RoutePattern,
};
use crate::{domain::HostPattern, host::Hostname};

/// A project's routes.
#[derive(Debug, Clone)]
pub struct Tree<T> {
    /// For all hosts.
    all: Paths<T>,
    /// For some; most projects have none.
    bound: Option<Box<Bound<T>>>,
}

#[derive(Debug, Clone)]
struct Bound<T> {
    exact: Names<Paths<T>>,
    /// By what follows the first dot.
    below: Names<Paths<T>>,
}

/// Where a request leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<'t, T> {
    /// To a route's target.
    Found(Found<'t, T>),
    /// The path exists, for other methods only.
    MethodNotAllowed {
        /// Those methods, for the `Allow` field, sorted.
        allow: Vec<String>,
    },
    /// Nowhere.
    NotFound,
}

/// A route that answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'t, T> {
    /// What it leads to.
    pub target: &'t T,
    /// Path parameters, decoded, in order: name and value.
    pub params: Vec<(String, String)>,
    /// What the route's own host pattern captured: name and label.
    pub host_param: Option<(String, String)>,
}

impl<T> FromIterator<(RoutePattern, T)> for Tree<T> {
    /// The tree of these routes. Of two that conflict the first wins.
    fn from_iter<I: IntoIterator<Item = (RoutePattern, T)>>(routes: I) -> Self {
        let (mut all, mut exact) = (Vec::new(), Names::<Vec<_>>::default());
        let mut below = Names::<Vec<_>>::default();
        for (RoutePattern { method, host, path }, target) in routes {
            let (level, host_param) = match host {
                None => (&mut all, None),
                Some(HostPattern::Exact(host)) => (of(&mut exact, &host), None),
                Some(HostPattern::Wildcard(base)) => (of(&mut below, &base), None),
                Some(HostPattern::Captured { param, below: base }) => {
                    (of(&mut below, &base), Some(param.into()))
                }
            };
            level.push(Pending { method, path, host_param, target });
        }
        let made = |levels: Names<Vec<_>>| -> Names<Paths<T>> {
            levels.into_iter().map(|(host, routes)| (host, Paths::new(routes))).collect()
        };
        let is_bound = !exact.is_empty() || !below.is_empty();
        let bound = is_bound.then(|| Box::new(Bound { exact: made(exact), below: made(below) }));
        Self { all: Paths::new(all), bound }
    }
}

/// The routes so far for a host.
fn of<'l, T>(levels: &'l mut Names<Vec<T>>, host: &Hostname) -> &'l mut Vec<T> {
    levels.entry(host.as_str().into()).or_default()
}

impl<T> Tree<T> {
    /// How many routes it has.
    pub fn len(&self) -> usize {
        let bound = self.bound.iter().flat_map(|b| b.exact.values().chain(b.below.values()));
        self.all.len() + bound.map(Paths::len).sum::<usize>()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a request of that method and percent-encoded path leads, on that host of the project.
    pub fn find(&self, host: &Hostname, method: &str, path: &str) -> Match<'_, T> {
        self.find_by(host, method, path, &mut ())
    }

    /// The same, telling every step.
    pub(super) fn find_by(
        &self,
        host: &Hostname,
        method: &str,
        path: &str,
        trace: &mut impl Trace,
    ) -> Match<'_, T> {
        let Some(mut asked) = Asked::new(method, path, trace) else { return Match::NotFound };
        let parent = host.as_str().split_once('.');
        let exact = self.bound.as_ref().and_then(|bound| bound.exact.get(host.as_str()));
        let below = self.bound.as_ref().and_then(|bound| bound.below.get(parent?.1));
        let levels = [
            (exact, Level::Exact(host)),
            (below, Level::Below(parent.map_or("", |(_, base)| base))),
            (Some(&self.all), Level::All),
        ];
        for (paths, level) in levels {
            let Some(paths) = paths else { continue };
            asked.trace.step(|| Step::Level { on: level.to_string(), routes: paths.len() });
            let Some(leaf) = paths.find(&mut asked) else { continue };
            let names = paths.names(leaf).map(ToOwned::to_owned);
            let label = parent.map_or("", |(label, _)| label);
            return Match::Found(Found {
                target: &leaf.target,
                params: names.zip(asked.chosen).collect(),
                host_param: leaf.host_param.iter().map(|n| (n.to_string(), label.into())).next(),
            });
        }
        allowed(asked.allow)
    }
}

/// What is said of a path that has these other methods.
fn allowed<'t, T>(mut allow: Vec<String>) -> Match<'t, T> {
    if allow.is_empty() {
        return Match::NotFound;
    }
    if allow.iter().any(|method| method == "GET") {
        allow.push("HEAD".into());
    }
    allow.sort_unstable();
    allow.dedup();
    Match::MethodNotAllowed { allow }
}
