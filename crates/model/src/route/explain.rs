//! Why a request leads where it leads.

use std::fmt;

use super::{
    pattern::RoutePattern,
    tree::{Found, Match, Tree},
};
use crate::host::Hostname;

/// Steps that are told; a search has at most one or two for each segment of each route.
const STEPS_MAX: usize = 200;

/// Where a request leads among a project's routes, and what was tried on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Where.
    pub outcome: Outcome,
    /// What was tried, in order, the first 200 of it. Each can be read as a sentence.
    pub steps: Vec<Step>,
}

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To a route.
    Route {
        /// Its place among the routes that were given.
        index: usize,
        /// Path parameters: name and value.
        params: Vec<(String, String)>,
        /// What its own host pattern captured: name and label.
        host_param: Option<(String, String)>,
    },
    /// Its path has routes for these methods only.
    MethodNotAllowed(Vec<String>),
    /// To none.
    NotFound,
}

/// Something a search for a route tried. The pairs are the path before a segment, with its slash,
/// and the segment, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Asked the routes on these hosts, of which there are so many.
    Level {
        /// In words.
        on: String,
        /// How many.
        routes: usize,
    },
    /// A route has this segment as it is.
    Literal((String, String)),
    /// A route has a parameter there.
    Param((String, String)),
    /// A route takes all that is left there.
    Rest((String, String)),
    /// No route goes on like that.
    Stuck((String, String)),
    /// The path is at its end, and no route is.
    Ended {
        /// The path.
        path: String,
    },
    /// There are routes, for these methods only.
    OtherMethods {
        /// Those methods.
        allow: Vec<String>,
    },
}

/// The hosts that routes are for, from the most exact to all.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level<'a> {
    Exact(&'a Hostname),
    Below(&'a str),
    All,
}

impl fmt::Display for Level<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host} alone"),
            Self::Below(base) => write!(f, "every host one label below {base}"),
            Self::All => f.write_str("all hosts of the project"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { on, routes: 1 } => write!(f, "1 route is for {on}."),
            Self::Level { on, routes } => write!(f, "{routes} routes are for {on}."),
            Self::Literal((before, own)) => write!(f, "After {before} a route has `{own}`."),
            Self::Param((before, own)) => {
                write!(f, "After {before} a route has a parameter, which takes `{own}`.")
            }
            Self::Rest((before, own)) => {
                write!(f, "After {before} a route takes the rest, `{own}`.")
            }
            Self::Stuck((before, own)) if own.is_empty() => {
                write!(f, "After {before} comes nothing, which no route takes.")
            }
            Self::Stuck((before, own)) => write!(f, "After {before} no route takes `{own}`."),
            Self::Ended { path } => write!(f, "{path} ends where no route does."),
            Self::OtherMethods { allow } => {
                write!(f, "What is there is for {} only.", allow.join(", "))
            }
        }
    }
}

/// Who is told what a search tries.
pub(super) trait Trace {
    fn step(&mut self, step: impl FnOnce() -> Step);
    /// Steps told so far.
    fn count(&self) -> usize;
}

impl<R: Trace> Trace for &mut R {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        (**self).step(step);
    }
    fn count(&self) -> usize {
        (**self).count()
    }
}

/// Nobody: costs nothing.
impl Trace for () {
    fn step(&mut self, _: impl FnOnce() -> Step) {}
    fn count(&self) -> usize {
        0
    }
}

/// The steps, and how many there were.
impl Trace for (Vec<Step>, usize) {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        self.1 += 1;
        if self.0.len() < STEPS_MAX {
            self.0.push(step());
        }
    }
    fn count(&self) -> usize {
        self.1
    }
}

/// Where a request of that method and percent-encoded path leads among these routes of a project,
/// on that host of it, and why.
pub fn explain(routes: &[RoutePattern], host: &Hostname, method: &str, path: &str) -> Explained {
    let tree: Tree<usize> = routes.iter().cloned().zip(0..).collect();
    let mut trace = (Vec::new(), 0);
    let outcome = match tree.find_by(host, method, path, &mut trace) {
        Match::Found(Found { target, params, host_param }) => {
            Outcome::Route { index: *target, params, host_param }
        }
        Match::MethodNotAllowed { allow } => Outcome::MethodNotAllowed(allow),
        Match::NotFound => Outcome::NotFound,
    };
    Explained { outcome, steps: trace.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(routes: &[&str], host: &str, method: &str, path: &str) -> (Outcome, Vec<String>) {
        let routes: Vec<RoutePattern> = routes.iter().map(|r| r.parse().unwrap()).collect();
        let Explained { outcome, steps } = explain(&routes, &host.parse().unwrap(), method, path);
        (outcome, steps.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_search_is_told_step_by_step() {
        let routes = [
            "POST a.shop.test/cart",
            "GET {who}.shop.test/cart/:id",
            "GET /:page",
            "GET /cart/x/*r",
        ];
        let (outcome, steps) = told(&routes, "a.shop.test", "GET", "/cart");
        assert_eq!(
            steps,
            [
                "1 route is for a.shop.test alone.",
                "After / a route has `cart`.",
                "What is there is for POST only.",
                "1 route is for every host one label below shop.test.",
                "After / a route has `cart`.",
                "/cart ends where no route does.",
                "2 routes are for all hosts of the project.",
                "After / a route has `cart`.",
                "/cart ends where no route does.",
                "After / a route has a parameter, which takes `cart`.",
            ]
        );
        let params = vec![("page".into(), "cart".into())];
        assert_eq!(outcome, Outcome::Route { index: 2, params, host_param: None });
        let (outcome, steps) = told(&routes, "b.shop.test", "GET", "/cart/7/");
        assert_eq!(outcome, Outcome::NotFound);
        assert_eq!(steps[3], "After /cart/7/ comes nothing, which no route takes.");
        assert_eq!(steps[6], "After /cart/ no route takes `7`.");
        let (outcome, _) = told(&routes, "b.shop.test", "DELETE", "/cart/7");
        assert_eq!(outcome, Outcome::MethodNotAllowed(vec!["GET".into(), "HEAD".into()]));
        let (outcome, _) = told(&routes, "b.shop.test", "GET", "/cart/7");
        let (params, host_param) =
            (vec![("id".into(), "7".into())], Some(("who".into(), "b".into())));
        assert_eq!(outcome, Outcome::Route { index: 1, params, host_param });
    }

    #[test]
    fn what_is_told_has_an_end() {
        let mut routes = Vec::new();
        for bits in 0..256_u32 {
            let path: String =
                (0..8).map(|i| if bits >> i & 1 == 0 { "/a" } else { "/:x" }).collect();
            let named = path.split("/:x").enumerate().map(|(i, part)| format!("{part}/:x{i}"));
            let path: String = named.collect();
            routes.push(format!("POST {path}"));
        }
        let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
        let (_, steps) = told(&routes, "a.test", "GET", &"/a".repeat(10));
        assert_eq!(steps.len(), STEPS_MAX);
    }
}
