//! Paths as a tree of segments.
//!
//! Literal beats parameter beats rest, segment by segment; where a choice leads nowhere, or only to
//! other methods, the next one is tried. `matchit` was considered: it keeps one value per path, so
//! `POST /a/b` could not fall through from `GET /a/b` to `POST /a/:x`, and it wants parameters
//! named alike in routes of one shape. A tree has one way to each node, so trying everything costs
//! at most one visit per node, whatever a tenant routes.
//!
//! Segments are compared percent-decoded, on both sides; a segment whose decoding is not UTF-8 is
//! taken as it was written. An empty segment matches no literal and no parameter.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
};

use super::{
    explain::{Step, Trace},
    pattern::{Method, PathPattern, SEGMENTS_MAX, Segment, decoded},
};

/// A map without a key of its own, for there are many and most are empty. A tenant who makes names
/// collide slows requests to its own project, and has not many names.
pub(super) type Names<V> = HashMap<Box<str>, V, BuildHasherDefault<DefaultHasher>>;

/// Targets by path and method.
#[derive(Debug, Clone)]
pub(super) struct Paths<T> {
    /// The root first; none when there is no route.
    nodes: Vec<Node<T>>,
}

#[derive(Debug, Clone)]
struct Node<T> {
    literals: Names<u32>,
    param: Option<u32>,
    /// Routes that end here.
    here: Vec<Leaf<T>>,
    /// Routes that end in a rest below here.
    rest: Vec<Leaf<T>>,
}

/// A route's end.
#[derive(Debug, Clone)]
pub(super) struct Leaf<T> {
    method: Method,
    /// Names of the parameters, in the order of their segments.
    pub(super) names: Box<[Box<str>]>,
    /// The name of the host's captured label.
    pub(super) host_param: Option<Box<str>>,
    pub(super) target: T,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { nodes: Vec::new() }
    }
}

impl<T> Node<T> {
    const EMPTY: Self = Self {
        literals: Names::with_hasher(BuildHasherDefault::new()),
        param: None,
        here: Vec::new(),
        rest: Vec::new(),
    };
}

impl<T> Paths<T> {
    /// Adds a route, unless there is one of that method and shape.
    pub(super) fn add(
        &mut self,
        method: Method,
        path: &PathPattern,
        host_param: Option<Box<str>>,
        target: T,
    ) {
        let (mut at, mut names, mut to_rest) = (self.node(), Vec::new(), false);
        for segment in path.segments() {
            // A pattern's name is its own; what it leads to is shared.
            let fresh = self.nodes.len();
            let Ok(fresh_id) = u32::try_from(fresh) else { return };
            let node = &mut self.nodes[at];
            let next = match segment {
                Segment::Literal(text) => {
                    *node.literals.entry(decoded(text).into()).or_insert(fresh_id)
                }
                Segment::Param(name) => {
                    names.push(name.as_str().into());
                    *node.param.get_or_insert(fresh_id)
                }
                Segment::Rest(name) => {
                    names.push(name.as_str().into());
                    to_rest = true;
                    break;
                }
            };
            at = next as usize;
            if at == fresh {
                self.nodes.push(Node::EMPTY);
            }
        }
        let leaf = Leaf { method, names: names.into(), host_param, target };
        let node = &mut self.nodes[at];
        let leaves = if to_rest { &mut node.rest } else { &mut node.here };
        if !leaves.iter().any(|l| l.method == leaf.method) {
            leaves.push(leaf);
        }
    }

    /// The root, made if it is not there.
    fn node(&mut self) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node::EMPTY);
        }
        0
    }

    /// Gives back what growing has left over: routes are read far more often than made.
    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        for node in &mut self.nodes {
            node.literals.shrink_to_fit();
            node.here.shrink_to_fit();
            node.rest.shrink_to_fit();
        }
    }

    /// How many routes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.iter().map(|node| node.here.len() + node.rest.len()).sum()
    }

    /// The leaf for these segments with the values of its parameters, last chosen last.
    pub(super) fn find<'t>(&'t self, asked: &mut Asked<'_, impl Trace>) -> Option<&'t Leaf<T>> {
        asked.chosen.clear();
        if self.nodes.is_empty() { None } else { self.visit(asked, 0, 0) }
    }

    /// The leaf at or below a node for the segments from `depth` on. Recursion ends at the depth of
    /// the tree, at most [`SEGMENTS_MAX`].
    fn visit<'t>(
        &'t self,
        asked: &mut Asked<'_, impl Trace>,
        node: usize,
        depth: usize,
    ) -> Option<&'t Leaf<T>> {
        let node = &self.nodes[node];
        let Some((at, part)) = asked.parts.get(depth) else {
            if node.here.is_empty() {
                asked.trace.step(|| Step::Ended { path: asked.path.to_owned() });
            }
            return asked.choose(&node.here);
        };
        let at = *at;
        let before = asked.trace.count();
        if !part.is_empty() {
            if let Some(next) = node.literals.get(&**part) {
                asked.trace.step(|| Step::Literal(place(asked.path, at, part)));
                let found = self.visit(asked, *next as usize, depth + 1);
                if found.is_some() {
                    return found;
                }
            }
            if let Some(next) = node.param {
                let part = asked.parts[depth].1.to_string();
                asked.trace.step(|| Step::Param(place(asked.path, at, &part)));
                asked.chosen.push(part);
                let found = self.visit(asked, next as usize, depth + 1);
                if found.is_some() {
                    return found;
                }
                asked.chosen.pop();
            }
        }
        let rest = &asked.path[at..];
        if node.rest.is_empty() || rest.is_empty() {
            if asked.trace.count() == before {
                asked.trace.step(|| Step::Stuck(place(asked.path, at, &asked.parts[depth].1)));
            }
            return None;
        }
        asked.trace.step(|| Step::Rest(place(asked.path, at, rest)));
        let found = asked.choose(&node.rest);
        if found.is_some() {
            asked.chosen.push(decoded(rest).into_owned());
        }
        found
    }
}

/// Where in a path a segment stands: what is before it, and what it says.
fn place(path: &str, at: usize, segment: &str) -> (String, String) {
    (path[..at].to_owned(), segment.to_owned())
}

/// A request's method and path, and what a search for it has come to.
pub(super) struct Asked<'p, R> {
    method: &'p str,
    path: &'p str,
    parts: Vec<Part<'p>>,
    /// The values of the parameters on the way.
    pub(super) chosen: Vec<String>,
    /// Methods of routes that would fit by path.
    pub(super) allow: Vec<String>,
    pub(super) trace: R,
}

/// One segment of a path: where it begins, and what it says.
type Part<'a> = (usize, Cow<'a, str>);

impl<'p, R: Trace> Asked<'p, R> {
    /// A request of that method and percent-encoded path; `None` when that begins with no slash.
    pub(super) fn new(method: &'p str, path: &'p str, trace: R) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        let mut parts = Vec::with_capacity(8);
        let mut at = 1;
        // One more than a pattern can have, so that a longer path is not taken for a shorter one.
        for part in rest.split('/').take(SEGMENTS_MAX + 1).filter(|_| !rest.is_empty()) {
            parts.push((at, decoded(part)));
            at += part.len() + 1;
        }
        Some(Self { method, path, parts, chosen: Vec::new(), allow: Vec::new(), trace })
    }

    fn choose<'t, T>(&mut self, leaves: &'t [Leaf<T>]) -> Option<&'t Leaf<T>> {
        let fitting = leaves.iter().filter(|leaf| leaf.method.fits(self.method));
        let found = fitting.min_by_key(|leaf| leaf.method.rank(self.method));
        if found.is_none() && !leaves.is_empty() {
            let allow: Vec<String> = leaves.iter().map(|leaf| leaf.method.to_string()).collect();
            self.trace.step(|| Step::OtherMethods { allow: allow.clone() });
            self.allow.extend(allow);
        }
        found
    }
}
