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
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    ops::Range,
};

use super::{
    explain::{Step, Trace},
    pattern::{Method, PathPattern, SEGMENTS_MAX, Segment, decoded},
};

/// A map without a key of its own, for there are many and most are empty. A tenant who makes names
/// collide slows requests to its own project, and has not many names.
pub(super) type Names<V> = HashMap<Box<str>, V, BuildHasherDefault<DefaultHasher>>;

/// Literals of one node that are looked through one by one; more are found by a map.
const FEW: usize = 8;

/// Targets by path and method. Few pieces of memory, and what is read together lies together: among
/// a hundred thousand projects none is in a cache, so each piece that is read costs a wait.
#[derive(Debug, Clone)]
pub(super) struct Paths<T> {
    /// The root first; none when there is no route.
    nodes: Vec<Node>,
    /// Ways on by literals, those of one node together.
    ways: Vec<Way>,
    /// Ends of routes, those of one node together.
    leaves: Vec<Leaf<T>>,
    /// All names.
    text: String,
}

/// Where a path can be at.
#[derive(Debug, Clone, Default)]
struct Node {
    /// In the ways.
    literals: Span,
    /// All ways by literals, when there are many.
    many: Option<Box<Names<u32>>>,
    param: Option<u32>,
    /// In the leaves: routes that end here.
    here: Span,
    /// The same: routes that end in a rest below here.
    rest: Span,
}

#[derive(Debug, Clone)]
struct Way {
    /// In the text: the literal, decoded.
    name: Span,
    /// The node it leads to.
    to: u32,
}

/// A route's end.
#[derive(Debug, Clone)]
pub(super) struct Leaf<T> {
    method: Method,
    /// In the text: names of the parameters in the order of their segments, with `/` between them.
    names: Span,
    /// The name of the host's captured label.
    pub(super) host_param: Option<Box<str>>,
    pub(super) target: T,
}

/// From the first of something up to, and without, the last.
#[derive(Debug, Clone, Copy, Default)]
struct Span(u32, u32);

impl Span {
    fn new(from: usize, to: usize) -> Self {
        Self(small(from), small(to))
    }

    fn range(self) -> Range<usize> {
        self.0 as usize..self.1 as usize
    }
}

/// A place among things of which there are never so many.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A route to be put among others.
#[derive(Debug)]
pub(super) struct Pending<T> {
    pub(super) method: Method,
    pub(super) path: PathPattern,
    pub(super) host_param: Option<Box<str>>,
    pub(super) target: T,
}

impl<T> Paths<T> {
    /// These routes. Of several of one method and shape the first is taken.
    pub(super) fn new(routes: Vec<Pending<T>>) -> Self {
        let (nodes, ways, leaves, text) = (Vec::new(), Vec::new(), Vec::new(), String::new());
        let mut paths = Self { nodes, ways, leaves, text };
        if !routes.is_empty() {
            paths.grow(routes, 0);
        }
        // Routes are read far more often than made.
        paths.nodes.shrink_to_fit();
        paths.ways.shrink_to_fit();
        paths.leaves.shrink_to_fit();
        paths.text.shrink_to_fit();
        paths
    }

    /// The node for routes that are alike up to `depth`, with all below it. Recursion ends at the
    /// deepest route, at most [`SEGMENTS_MAX`].
    fn grow(&mut self, routes: Vec<Pending<T>>, depth: usize) -> u32 {
        let at = self.nodes.len();
        self.nodes.push(Node::default());
        let (mut here, mut rest, mut params) = (Vec::new(), Vec::new(), Vec::new());
        let mut literals: BTreeMap<String, Vec<Pending<T>>> = BTreeMap::new();
        for route in routes {
            match route.path.segments().get(depth) {
                None => here.push(route),
                Some(Segment::Rest(_)) => rest.push(route),
                Some(Segment::Param(_)) => params.push(route),
                Some(Segment::Literal(text)) => {
                    let name = decoded(text).into_owned();
                    literals.entry(name).or_default().push(route);
                }
            }
        }
        let (here, rest) = (self.end(here), self.end(rest));
        let first = self.ways.len();
        for name in literals.keys() {
            let name = self.name(name);
            self.ways.push(Way { name, to: 0 });
        }
        let among = Span::new(first, self.ways.len());
        let mut many = (literals.len() > FEW).then(Box::<Names<u32>>::default);
        for (way, (name, routes)) in (first..).zip(literals) {
            let to = self.grow(routes, depth + 1);
            self.ways[way].to = to;
            if let Some(many) = &mut many {
                many.insert(name.into(), to);
            }
        }
        let param = (!params.is_empty()).then(|| self.grow(params, depth + 1));
        self.nodes[at] = Node { literals: among, many, param, here, rest };
        small(at)
    }

    /// Puts the ends of one node down.
    fn end(&mut self, routes: Vec<Pending<T>>) -> Span {
        let first = self.leaves.len();
        for Pending { method, path, host_param, target } in routes {
            if self.leaves[first..].iter().any(|leaf| leaf.method == method) {
                continue;
            }
            let names: Vec<&str> = path.segments().iter().filter_map(Segment::name).collect();
            let names = self.name(&names.join("/"));
            self.leaves.push(Leaf { method, names, host_param, target });
        }
        Span::new(first, self.leaves.len())
    }

    /// Puts a name down.
    fn name(&mut self, name: &str) -> Span {
        let from = self.text.len();
        self.text.push_str(name);
        Span::new(from, self.text.len())
    }

    /// Names of a route's parameters, in the order of their segments.
    pub(super) fn names(&self, leaf: &Leaf<T>) -> impl Iterator<Item = &str> {
        self.text[leaf.names.range()].split('/')
    }

    /// How many routes there are.
    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Where a literal leads from a node.
    fn way(&self, node: &Node, literal: &str) -> Option<usize> {
        let to = match &node.many {
            Some(many) => *many.get(literal)?,
            None => {
                let mut ways = self.ways[node.literals.range()].iter();
                ways.find(|way| self.text[way.name.range()] == *literal)?.to
            }
        };
        Some(to as usize)
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
            let here = &self.leaves[node.here.range()];
            if here.is_empty() {
                asked.trace.step(|| Step::Ended { path: asked.path.to_owned() });
            }
            return asked.choose(here);
        };
        let at = *at;
        let before = asked.trace.count();
        if !part.is_empty() {
            if let Some(next) = self.way(node, part) {
                asked.trace.step(|| Step::Literal(place(asked.path, at, part)));
                let found = self.visit(asked, next, depth + 1);
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
        let (rest, leaves) = (&asked.path[at..], &self.leaves[node.rest.range()]);
        if leaves.is_empty() || rest.is_empty() {
            if asked.trace.count() == before {
                asked.trace.step(|| Step::Stuck(place(asked.path, at, &asked.parts[depth].1)));
            }
            return None;
        }
        asked.trace.step(|| Step::Rest(place(asked.path, at, rest)));
        let found = asked.choose(leaves);
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
