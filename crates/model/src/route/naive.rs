//! The tree held against the rule.

use proptest::prelude::*;

use super::{
    Explained, Outcome, RoutePattern, Side, Tree, conflict, explain, overlaps,
    rule::{
        Said::{self, Allowed, Called},
        naive, said,
    },
};
use crate::host::Hostname;

/// Those of the texts that are routes: a pattern that names a parameter twice is none.
fn read(texts: &[String]) -> Vec<RoutePattern> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn ask(texts: &[&str], method: &str, path: &str) -> Said {
    ask_on("any.test", texts, method, path)
}

fn ask_on(host: &str, texts: &[&str], method: &str, path: &str) -> Said {
    let routes = texts.iter().map(|text| text.parse().unwrap());
    let tree: Tree<usize> = routes.zip(0..).collect();
    said(tree.find(&host.parse().unwrap(), method, path))
}

fn to(index: usize, values: &[&str]) -> Said {
    Called(index, values.iter().map(ToString::to_string).collect(), None)
}

#[test]
fn literal_beats_parameter_beats_rest_and_dead_ends_are_left() {
    let texts = ["GET /a/b/c", "GET /a/:x/d", "GET /:x/b/e", "GET /*r", "GET /a/:x"];
    assert_eq!(ask(&texts, "GET", "/a/b/c"), to(0, &[]));
    assert_eq!(ask(&texts, "GET", "/a/b/d"), to(1, &["b"]));
    assert_eq!(ask(&texts, "GET", "/a/b/e"), to(2, &["a"]));
    assert_eq!(ask(&texts, "GET", "/a/b/f"), to(3, &["a/b/f"]));
    assert_eq!(ask(&texts, "GET", "/a/b"), to(4, &["b"]));
    assert_eq!(ask(&texts, "GET", "/"), Allowed(vec![]));
}

#[test]
fn a_method_falls_through_to_a_less_exact_path() {
    let texts = ["GET /a/b", "POST /a/:x", "* /a/*r", "PUT /c"];
    assert_eq!(ask(&texts, "POST", "/a/b"), to(1, &["b"]));
    assert_eq!(ask(&texts, "PUT", "/a/b"), to(2, &["b"]));
    assert_eq!(ask(&texts, "HEAD", "/a/b"), to(0, &[]));
    assert_eq!(ask(&texts, "GET", "/c"), Allowed(vec!["PUT".into()]));
    let heads = ["* /a", "GET /a", "HEAD /a"];
    assert_eq!(ask(&heads, "HEAD", "/a"), to(2, &[]));
    assert_eq!(ask(&heads[..2], "HEAD", "/a"), to(1, &[]));
    assert_eq!(ask(&heads, "BREW", "/a"), to(0, &[]));
    let all = ask(&["GET /b", "POST /:x", "GET /*r"], "BREW", "/b");
    assert_eq!(all, Allowed(["GET", "HEAD", "POST"].map(String::from).into()));
}

#[test]
fn a_host_of_its_own_comes_first_and_adds_to_what_all_have() {
    let texts =
        ["GET a.shop.test/", "POST a.shop.test/x", "GET {who}.shop.test/x", "PUT /x", "GET /*r"];
    let on = |host, method, path| ask_on(host, &texts, method, path);
    let captured = |label: &str| Called(2, vec![], Some(label.to_owned()));
    assert_eq!(on("a.shop.test", "GET", "/"), to(0, &[]));
    assert_eq!(on("a.shop.test", "POST", "/x"), to(1, &[]));
    assert_eq!(on("a.shop.test", "GET", "/x"), captured("a"));
    assert_eq!(on("b.shop.test", "HEAD", "/x"), captured("b"));
    assert_eq!(on("c.b.shop.test", "GET", "/x"), to(4, &["x"]));
    assert_eq!(on("shop.test", "GET", "/x"), to(4, &["x"]));
    assert_eq!(on("localhost", "GET", "/x"), to(4, &["x"]));
    let all = ["GET", "HEAD", "POST", "PUT"].map(String::from);
    assert_eq!(on("a.shop.test", "DELETE", "/x"), Allowed(all.into()));
    assert_eq!(on("b.shop.test", "DELETE", "/"), Allowed(vec![]));
}

#[test]
fn segments_are_compared_decoded() {
    let texts = ["GET /caf%C3%A9", "GET /a~b/:x", "GET /f/*r"];
    assert_eq!(ask(&texts, "GET", "/caf%c3%a9"), to(0, &[]));
    assert_eq!(ask(&texts, "GET", "/a%7Eb/c%2Fd"), to(1, &["c/d"]));
    assert_eq!(ask(&texts, "GET", "/f/a%20b//c/"), to(2, &["a b//c/"]));
    // Not UTF-8: as written.
    assert_eq!(ask(&texts, "GET", "/a~b/%ff%41"), to(1, &["%ff%41"]));
    assert_eq!(ask(&texts, "GET", "/a~b/%zz"), to(1, &["%zz"]));
}

#[test]
fn empty_segments_are_neither_literal_nor_parameter() {
    let texts = ["GET /", "GET /a", "GET /a/:x", "GET /r/*r"];
    for path in ["/a/", "//", "//a", "/a//", "/r/", "/r", "a", "*", ""] {
        assert_eq!(ask(&texts, "GET", path), Allowed(vec![]), "{path}");
    }
    assert_eq!(ask(&texts, "GET", "/"), to(0, &[]));
}

#[test]
fn long_paths_are_not_taken_for_shorter_ones() {
    let exact = format!("GET {}", "/a".repeat(32));
    let texts = [exact.as_str(), "GET /a/*r"];
    assert_eq!(ask(&texts, "GET", &"/a".repeat(32)), to(0, &[]));
    let rest = format!("a{}", "/a".repeat(31));
    assert_eq!(ask(&texts, "GET", &"/a".repeat(33)), to(1, &[&rest]));
    assert_eq!(ask(&texts[..1], "GET", &"/a".repeat(33)), Allowed(vec![]));
    assert_eq!(ask(&texts[..1], "GET", &"/a".repeat(9999)), Allowed(vec![]));
}

prop_compose! {
    fn some_routes()(
        texts in proptest::collection::vec(
            "(GET|HEAD|POST|\\*) ((\\*\\.|\\{w\\}\\.|a\\.|)s\\.test)?\
             (/|(/(a|b|%61|:x)){1,3}|(/(a|:y)){0,2}/\\*r)", 0..14),
    ) -> Vec<RoutePattern> {
        read(&texts)
    }
}

const HOSTS: &str = "((a|b|b\\.a)\\.)?s\\.test|a\\.test";
const PATHS: &str = "/|(/(a|b|%61|%ff|)){1,4}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_tree_agrees_with_the_rule(
        routes in some_routes(), host in HOSTS, method in "GET|HEAD|POST|PUT", path in PATHS,
    ) {
        let tree: Tree<usize> = routes.iter().cloned().zip(0..).collect();
        let name: Hostname = host.parse().unwrap();
        let found = said(tree.find(&name, &method, &path));
        prop_assert_eq!(&found, &naive(&routes, &host, &method, &path));
        let Explained { outcome, steps } = explain(&routes, &name, &method, &path);
        prop_assert!(!steps.is_empty());
        match (outcome, found) {
            (Outcome::Route { index, params, .. }, Called(at, values, _)) => {
                let told: Vec<String> = params.into_iter().map(|(_, value)| value).collect();
                prop_assert_eq!((index, told), (at, values));
            }
            (Outcome::MethodNotAllowed(told), Allowed(allow)) => prop_assert_eq!(told, allow),
            (Outcome::NotFound, Allowed(allow)) => prop_assert!(allow.is_empty()),
            (told, found) => prop_assert!(false, "told {told:?}, found {found:?}"),
        }
    }

    /// Whatever two routes both fit, the one that is said to win answers; what is said not to
    /// overlap has no request in common.
    #[test]
    fn who_wins_is_said_as_it_is(
        routes in some_routes(), host in HOSTS, method in "GET|HEAD|POST|PUT", path in PATHS,
    ) {
        let Some((new, existing)) = routes.split_first() else { return Ok(()) };
        for other in existing {
            let answers = |route: &RoutePattern| {
                matches!(naive(std::slice::from_ref(route), &host, &method, &path), Called(..))
            };
            let both = answers(new) && answers(other);
            let pair = [new.clone(), other.clone()];
            let wins = overlaps(new, [other]).first().map(|overlap| overlap.wins);
            if conflict(new, [other]).is_some() {
                prop_assert_eq!(answers(new), answers(other), "one set of requests");
                prop_assert_eq!(wins, None);
            } else if both {
                let Called(index, ..) = naive(&pair, &host, &method, &path) else { unreachable!() };
                prop_assert_eq!(wins, Some(if index == 0 { Side::New } else { Side::Existing }));
            }
        }
    }

    #[test]
    fn any_path_is_taken_without_panic(path in "\\PC{0,60}") {
        let tree: Tree<usize> = read(&["GET /:a/:b", "GET /*r", "GET /%41"].map(String::from))
            .into_iter().zip(0..).collect();
        let _ = tree.find(&"a.test".parse().unwrap(), "GET", &path);
    }
}
