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
