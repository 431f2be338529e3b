//! A project's routes as a tree of segments.
//!
//! Literal beats parameter beats rest, segment by segment; where a choice leads nowhere, or only to
//! other methods, the next one is tried. `matchit` was considered: it keeps one value per path, so
//! `POST /a/b` could not fall through from `GET /a/b` to `POST /a/:x`, and it wants parameters
//! named alike in routes of one shape. A tree has one way to each node, so trying everything costs
//! at most one visit per node, whatever a tenant routes.
//!
//! Segments are compared percent-decoded, on both sides; a segment whose decoding is not UTF-8 is
//! taken as it was written. An empty segment matches no literal and no parameter.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use croft_model::route::{Method, PathPattern, Segment};
use croft_ports::route_source::FunctionTarget;
use percent_encoding::percent_decode_str;

/// The most segments a pattern has; those of a path beyond can only be part of a rest.
const SEGMENTS_MAX: usize = 32;

/// Routes by path and method.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<Box<str>, usize>,
    param: Option<usize>,
    /// Routes that end here.
    here: Vec<Leaf>,
    /// Routes that end in a rest below here.
    rest: Vec<Leaf>,
}

#[derive(Debug)]
struct Leaf {
    method: Method,
    /// Names of the parameters, in the order of their segments.
    names: Box<[Box<str>]>,
    function: Arc<FunctionTarget>,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Match {
    /// To a function.
    Function {
        /// Which.
        function: Arc<FunctionTarget>,
        /// Path parameters, decoded, in order.
        params: Vec<(String, String)>,
    },
    /// The path exists, for other methods only.
    MethodNotAllowed {
        /// Those methods, for the `Allow` field, sorted.
        allow: Vec<String>,
    },
    /// Nowhere.
    NotFound,
}

impl Trie {
    /// The tree of these routes. Of two with one method and shape the first wins.
    pub(crate) fn new<'a>(
        routes: impl IntoIterator<Item = (&'a Method, &'a PathPattern, &'a Arc<FunctionTarget>)>,
    ) -> Self {
        let mut trie = Self { nodes: vec![Node::default()] };
        for (method, path, function) in routes {
            trie.add(method, path, function);
        }
        trie
    }

    fn add(&mut self, method: &Method, path: &PathPattern, function: &Arc<FunctionTarget>) {
        let mut at = 0;
        let mut names = Vec::new();
        let mut to_rest = false;
        for segment in path.segments() {
            let fresh = self.nodes.len();
            let node = &mut self.nodes[at];
            at = match segment {
                Segment::Literal(text) => {
                    *node.literals.entry(decoded(text).into()).or_insert(fresh)
                }
                Segment::Param(name) => {
                    names.push(name.as_str().into());
                    *node.param.get_or_insert(fresh)
                }
                Segment::Rest(name) => {
                    names.push(name.as_str().into());
                    to_rest = true;
                    break;
                }
            };
            if at == fresh {
                self.nodes.push(Node::default());
            }
        }
        let leaf =
            Leaf { method: method.clone(), names: names.into(), function: Arc::clone(function) };
        let node = &mut self.nodes[at];
        let leaves = if to_rest { &mut node.rest } else { &mut node.here };
        if !leaves.iter().any(|l| l.method == leaf.method) {
            leaves.push(leaf);
        }
    }

    /// Where a request of that method and percent-encoded path leads.
    pub(crate) fn find(&self, method: &str, path: &str) -> Match {
        let Some(parts) = split(path) else { return Match::NotFound };
        let mut walk = Walk { trie: self, method, path, parts, chosen: vec![], allow: vec![] };
        if let Some(leaf) = walk.visit(0, 0) {
            let names = leaf.names.iter().map(ToString::to_string);
            let params = names.zip(walk.chosen).collect();
            return Match::Function { function: Arc::clone(&leaf.function), params };
        }
        let mut allow = walk.allow;
        if allow.is_empty() {
            return Match::NotFound;
        }
        if allow.iter().any(|m| m == "GET") {
            allow.push("HEAD".into());
        }
        allow.sort_unstable();
        allow.dedup();
        Match::MethodNotAllowed { allow }
    }
}

/// One segment of a path: where it begins, and what it says.
type Part<'a> = (usize, Cow<'a, str>);

/// The first segments of a path; `/` has none. `None` when it does not begin with a slash.
fn split(path: &str) -> Option<Vec<Part<'_>>> {
    let rest = path.strip_prefix('/')?;
    let mut parts = Vec::with_capacity(8);
    let mut at = 1;
    // One more than a pattern can have, so that a longer path is not taken for a shorter one.
    for part in rest.split('/').take(SEGMENTS_MAX + 1).filter(|_| !rest.is_empty()) {
        parts.push((at, decoded(part)));
        at += part.len() + 1;
    }
    Some(parts)
}

/// Percent-decoded; as written when that is not UTF-8.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

struct Walk<'t, 'p> {
    trie: &'t Trie,
    method: &'p str,
    path: &'p str,
    parts: Vec<Part<'p>>,
    /// The values of the parameters on the way.
    chosen: Vec<String>,
    /// Methods of routes that would fit by path.
    allow: Vec<String>,
}

impl<'t> Walk<'t, '_> {
    /// The leaf at or below a node for the segments from `depth` on. Recursion ends at the depth of
    /// the tree, at most [`SEGMENTS_MAX`].
    fn visit(&mut self, node: usize, depth: usize) -> Option<&'t Leaf> {
        let node = &self.trie.nodes[node];
        let Some((at, part)) = self.parts.get(depth) else {
            return self.choose(&node.here);
        };
        let at = *at;
        if !part.is_empty() {
            if let Some(next) = node.literals.get(&**part) {
                let found = self.visit(*next, depth + 1);
                if found.is_some() {
                    return found;
                }
            }
            if let Some(next) = node.param {
                self.chosen.push(self.parts[depth].1.to_string());
                let found = self.visit(next, depth + 1);
                if found.is_some() {
                    return found;
                }
                self.chosen.pop();
            }
        }
        let rest = &self.path[at..];
        if node.rest.is_empty() || rest.is_empty() {
            return None;
        }
        let found = self.choose(&node.rest);
        if found.is_some() {
            self.chosen.push(decoded(rest).into_owned());
        }
        found
    }

    fn choose(&mut self, leaves: &'t [Leaf]) -> Option<&'t Leaf> {
        let fitting = leaves.iter().filter(|leaf| leaf.method.fits(self.method));
        // The very method, then GET for HEAD, then any.
        let found = fitting.min_by_key(|leaf| match &leaf.method {
            Method::Exactly(own) if own == self.method => 0,
            Method::Exactly(_) => 1,
            Method::Any => 2,
        });
        if found.is_none() {
            self.allow.extend(leaves.iter().map(|leaf| leaf.method.to_string()));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use croft_model::{
        id::{FunctionId, VersionId},
        route::RoutePattern,
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn routes(texts: &[&str]) -> Vec<(RoutePattern, Arc<FunctionTarget>)> {
        let target = |name: &str| FunctionTarget {
            function: FunctionId::from_uuid(Uuid::nil()),
            name: name.into(),
            version: VersionId::from_uuid(Uuid::nil()),
            source: "".into(),
        };
        texts.iter().map(|text| (text.parse().unwrap(), Arc::new(target(text)))).collect()
    }

    fn trie(routes: &[(RoutePattern, Arc<FunctionTarget>)]) -> Trie {
        Trie::new(routes.iter().map(|(route, function)| (&route.method, &route.path, function)))
    }

    /// The name of the function and its parameters' values, the allowed methods, or nothing.
    #[derive(Debug, PartialEq)]
    enum Said {
        Called(String, Vec<String>),
        Allowed(Vec<String>),
    }
    use Said::{Allowed, Called};

    fn said(found: Match) -> Said {
        match found {
            Match::Function { function, params } => {
                Called(function.name.to_string(), params.into_iter().map(|(_, v)| v).collect())
            }
            Match::MethodNotAllowed { allow } => Allowed(allow),
            Match::NotFound => Allowed(vec![]),
        }
    }

    fn ask(texts: &[&str], method: &str, path: &str) -> Said {
        said(trie(&routes(texts)).find(method, path))
    }

    fn to(name: &str, values: &[&str]) -> Said {
        Called(name.to_owned(), values.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn literal_beats_parameter_beats_rest_and_dead_ends_are_left() {
        let texts = ["GET /a/b/c", "GET /a/:x/d", "GET /:x/b/e", "GET /*r", "GET /a/:x"];
        assert_eq!(ask(&texts, "GET", "/a/b/c"), to("GET /a/b/c", &[]));
        assert_eq!(ask(&texts, "GET", "/a/b/d"), to("GET /a/:x/d", &["b"]));
        assert_eq!(ask(&texts, "GET", "/a/b/e"), to("GET /:x/b/e", &["a"]));
        assert_eq!(ask(&texts, "GET", "/a/b/f"), to("GET /*r", &["a/b/f"]));
        assert_eq!(ask(&texts, "GET", "/a/b"), to("GET /a/:x", &["b"]));
        assert_eq!(ask(&texts, "GET", "/"), Allowed(vec![]));
    }

    #[test]
    fn a_method_falls_through_to_a_less_exact_path() {
        let texts = ["GET /a/b", "POST /a/:x", "* /a/*r", "PUT /c"];
        assert_eq!(ask(&texts, "POST", "/a/b"), to("POST /a/:x", &["b"]));
        assert_eq!(ask(&texts, "PUT", "/a/b"), to("* /a/*r", &["b"]));
        assert_eq!(ask(&texts, "HEAD", "/a/b"), to("GET /a/b", &[]));
        assert_eq!(ask(&texts, "GET", "/c"), Allowed(vec!["PUT".into()]));
        let heads = ["* /a", "GET /a", "HEAD /a"];
        assert_eq!(ask(&heads, "HEAD", "/a"), to("HEAD /a", &[]));
        assert_eq!(ask(&heads[..2], "HEAD", "/a"), to("GET /a", &[]));
        assert_eq!(ask(&heads, "BREW", "/a"), to("* /a", &[]));
        let all = ask(&["GET /b", "POST /:x", "GET /*r"], "BREW", "/b");
        assert_eq!(all, Allowed(["GET", "HEAD", "POST"].map(String::from).into()));
    }

    #[test]
    fn segments_are_compared_decoded() {
        let texts = ["GET /caf%C3%A9", "GET /a~b/:x", "GET /f/*r"];
        assert_eq!(ask(&texts, "GET", "/caf%c3%a9"), to("GET /caf%C3%A9", &[]));
        assert_eq!(ask(&texts, "GET", "/a%7Eb/c%2Fd"), to("GET /a~b/:x", &["c/d"]));
        assert_eq!(ask(&texts, "GET", "/f/a%20b//c/"), to("GET /f/*r", &["a b//c/"]));
        // Not UTF-8: as written.
        assert_eq!(ask(&texts, "GET", "/a~b/%ff%41"), to("GET /a~b/:x", &["%ff%41"]));
        assert_eq!(ask(&texts, "GET", "/a~b/%zz"), to("GET /a~b/:x", &["%zz"]));
    }

    #[test]
    fn empty_segments_are_neither_literal_nor_parameter() {
        let texts = ["GET /", "GET /a", "GET /a/:x", "GET /r/*r"];
        for path in ["/a/", "//", "//a", "/a//", "/r/", "/r", "a", "*", ""] {
            assert_eq!(ask(&texts, "GET", path), Allowed(vec![]), "{path}");
        }
        assert_eq!(ask(&texts, "GET", "/"), to("GET /", &[]));
    }

    #[test]
    fn long_paths_are_not_taken_for_shorter_ones() {
        let exact = format!("GET {}", "/a".repeat(32));
        let texts = [exact.as_str(), "GET /a/*r"];
        assert_eq!(ask(&texts, "GET", &"/a".repeat(32)), to(&exact, &[]));
        let rest = format!("a{}", "/a".repeat(31));
        assert_eq!(ask(&texts, "GET", &"/a".repeat(33)), to("GET /a/*r", &[&rest]));
        assert_eq!(ask(&[exact.as_str()], "GET", &"/a".repeat(33)), Allowed(vec![]));
        assert_eq!(ask(&[exact.as_str()], "GET", &"/a".repeat(9999)), Allowed(vec![]));
    }

    /// The rule said another way: of all routes whose path fits, the one whose kinds of segments
    /// are first in order.
    fn naive(routes: &[(RoutePattern, Arc<FunctionTarget>)], method: &str, path: &str) -> Said {
        let parts: Vec<&str> = path[1..].split('/').filter(|_| path != "/").collect();
        let mut fitting = Vec::new();
        for (index, (route, target)) in routes.iter().enumerate() {
            let (mut ranks, mut values, mut at) = (vec![], vec![], 0);
            let fits = route.path.segments().iter().all(|segment| {
                let part = parts.get(at).copied();
                at += 1;
                match (segment, part) {
                    (Segment::Literal(text), Some(part)) => {
                        ranks.push(0);
                        text == part
                    }
                    (Segment::Param(_), Some(part)) => {
                        ranks.push(1);
                        values.push(part.to_owned());
                        !part.is_empty()
                    }
                    (Segment::Rest(_), Some(_)) => {
                        let rest = parts[at - 1..].join("/");
                        ranks.push(2);
                        values.push(rest.clone());
                        at = parts.len();
                        !rest.is_empty()
                    }
                    (_, None) => false,
                }
            });
            if fits && at == parts.len() {
                let exact = match &route.method {
                    Method::Exactly(own) if own == method => 0,
                    Method::Exactly(_) => 1,
                    Method::Any => 2,
                };
                fitting.push((ranks, exact, index, route.method.clone(), target, values));
            }
        }
        fitting.sort_by_key(|(ranks, exact, index, ..)| (ranks.clone(), *exact, *index));
        if let Some((.., target, values)) = fitting.iter().find(|f| f.3.fits(method)) {
            return Called(target.name.to_string(), values.clone());
        }
        let mut allow: Vec<_> = fitting.iter().map(|f| f.3.to_string()).collect();
        if allow.iter().any(|m| m == "GET") {
            allow.push("HEAD".into());
        }
        allow.sort();
        allow.dedup();
        Allowed(allow)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_tree_agrees_with_the_rule(
            texts in proptest::collection::vec(
                "(GET|HEAD|POST|\\*) (/|(/(a|b|c|:x)){1,4}|(/(a|b|:y)){0,3}/\\*r)", 0..12),
            method in "GET|HEAD|POST|PUT",
            path in "/|(/(a|b|c|d|)){1,5}",
        ) {
            // A pattern that names a parameter twice is no pattern.
            let good: Vec<&str> = texts.iter().map(String::as_str)
                .filter(|text| text.parse::<RoutePattern>().is_ok()).collect();
            let routes = routes(&good);
            prop_assert_eq!(said(trie(&routes).find(&method, &path)), naive(&routes, &method, &path));
        }

        #[test]
        fn any_path_is_taken_without_panic(path in "\\PC{0,60}") {
            let routes = routes(&["GET /:a/:b", "GET /*r", "GET /%41"]);
            let _ = trie(&routes).find("GET", &path);
        }
    }
}
