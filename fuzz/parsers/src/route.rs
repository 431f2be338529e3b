//! Routes as they are read and written, and the tree of them held against the plain rule.
#![no_main]

use croft_model::{domain, host::Hostname, route::*};
use libfuzzer_sys::fuzz_target;
use rule::{Said, naive, said};

#[path = "../../../crates/model/src/route/rule.rs"]
mod rule;

/// Enough to meet each other; the rule is slow.
const ROUTES_MOST: usize = 24;

// A host, a method and a path, then a route on each line.
fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let (Some(host), Some(method), Some(path)) = (lines.next(), lines.next(), lines.next()) else {
        return;
    };
    let Ok(host) = host.parse::<Hostname>() else { return };
    let mut routes: Vec<RoutePattern> = Vec::new();
    for line in lines {
        let Ok(route) = line.parse::<RoutePattern>() else { continue };
        assert_eq!(route.to_string().parse::<RoutePattern>().as_ref(), Ok(&route), "{line:?}");
        // Of two for the same requests a project has one.
        if conflict(&route, &routes).is_none() && routes.len() < ROUTES_MOST {
            let _ = overlaps(&route, &routes);
            routes.push(route);
        }
    }
    let tree: Tree<usize> = routes.iter().cloned().zip(0..).collect();
    let found = said(tree.find(&host, method, path));
    assert_eq!(found, naive(&routes, host.as_str(), method, path), "{host} {method} {path}");
    let told = explain(&routes, &host, method, path);
    let is_route = matches!(told.outcome, Outcome::Route { .. });
    assert_eq!(is_route, matches!(found, Said::Called(..)));
});
