//! Whose a request is: hosts, reserved paths, routes.

use std::time::Duration;

use croft_ports::route_source::RouteDelta;

use crate::world::{APP, Trouble, World, body, header, settings, snapshot, status, until};

const BROWSER: &str = "Accept: text/html,*/*;q=0.8\r\n";

#[tokio::test]
async fn a_host_leads_to_its_project_and_a_path_to_its_function() {
    let world = World::plain().await;
    let answer = world.get(&format!("{APP}:8080"), "/hello/J%C3%BCrgen?a=b&c").await;
    assert_eq!(status(&answer), 200);
    assert_eq!(
        body(&answer),
        format!(
            "GET /hello/:name GET host={APP} params=[(\"name\", \"Jürgen\")] hosts=[] \
             query=a=b&c body="
        )
    );
    let length = body(&answer).len().to_string();
    assert_eq!(header(&answer, "content-length"), Some(length.as_str()));
    assert!(header(&answer, "croft-request-id").unwrap().starts_with("req_"));
    // Names are compared without regard to case and a final dot.
    let upper = world.get(&APP.to_uppercase(), "/any").await;
    assert_eq!(status(&upper), 200);
    assert_eq!(status(&world.get(&format!("{APP}."), "/any").await), 200);
}

#[tokio::test]
async fn exact_hosts_come_before_patterns_and_a_pattern_covers_one_label() {
    let hosts =
        [("a.shop.test", 1), ("{tenant}.shop.test", 2), ("*.b.shop.test", 3), ("shop.test", 4)];
    let routes = [(1, "GET /"), (2, "GET /"), (3, "GET /"), (4, "GET /four")];
    let world = World::with(settings(), snapshot(&hosts, &routes), |call| {
        Box::pin(async move {
            let request = &call.request;
            let team = call.project.uuid().as_u128();
            crate::world::returned(200, &[], &format!("{team} {:?}", request.host_params))
        })
    })
    .await;
    let at = async |host: &str| body(&world.get(host, "/").await).to_owned();
    assert_eq!(at("a.shop.test").await, "1 []");
    assert_eq!(at("b.shop.test").await, "2 [(\"tenant\", \"b\")]");
    assert_eq!(at("c.b.shop.test").await, "3 []");
    assert_eq!(status(&world.get("d.c.b.shop.test", "/").await), 404);
    // Another project's routes are not this one's, also on the host above.
    assert_eq!(status(&world.get("shop.test", "/").await), 404);
    assert_eq!(status(&world.get("shop.test", "/four").await), 200);
}

#[tokio::test]
async fn routes_of_one_host_come_before_those_of_all_hosts() {
    let hosts = [("{tenant}.shop.test", 1), ("a.shop.test", 1), ("*.other.test", 2)];
    let routes = [
        (1, "GET a.shop.test/x"),
        (1, "GET {who}.shop.test/x"),
        (1, "POST *.shop.test/x"),
        (1, "GET /*all"),
        (2, "GET {who}.other.test/x"),
        (2, "GET a.shop.test/y"),
    ];
    let world = World::with(settings(), snapshot(&hosts, &routes), |call| {
        Box::pin(async move {
            let text = format!("{} {:?}", call.name, call.request.host_params);
            crate::world::returned(200, &[], &text)
        })
    })
    .await;
    let at = async |method: &str, host: &str, path: &str| {
        body(&world.ask(method, host, path, "").await).to_owned()
    };
    assert_eq!(at("GET", "a.shop.test", "/x").await, "GET a.shop.test/x []");
    // The label has the name that the route gives it, or else the claim.
    let own = "GET {who}.shop.test/x [(\"who\", \"b\")]";
    assert_eq!(at("GET", "b.shop.test", "/x").await, own);
    let claimed = "POST *.shop.test/x [(\"tenant\", \"b\")]";
    assert_eq!(at("POST", "b.shop.test", "/x").await, claimed);
    assert_eq!(at("GET", "b.shop.test", "/y").await, "GET /*all [(\"tenant\", \"b\")]");
    assert_eq!(at("GET", "c.other.test", "/x").await, "GET {who}.other.test/x [(\"who\", \"c\")]");
    let other = world.ask("DELETE", "a.shop.test", "/x", "").await;
    assert_eq!((status(&other), header(&other, "allow")), (405, Some("GET, HEAD, POST")));
}

#[tokio::test]
async fn what_is_not_there_is_said_with_its_methods() {
    let world = World::plain().await;
    let missing = world.get(APP, "/nothing").await;
    assert_eq!(status(&missing), 404);
    assert_eq!(header(&missing, "content-type"), Some("application/problem+json"));
    assert!(body(&missing).contains(r#""code":"not_found""#), "{missing}");
    let id = header(&missing, "croft-request-id").unwrap();
    assert!(body(&missing).contains(id), "{missing}");
    let other = world.get(APP, "/only").await;
    assert_eq!((status(&other), header(&other, "allow")), (405, Some("POST")));
    let other = world.ask("DELETE", APP, "/hello/x", "").await;
    assert_eq!((status(&other), header(&other, "allow")), (405, Some("GET, HEAD")));
    assert!(world.log.all().is_empty(), "no function was called");
}

#[tokio::test]
async fn an_unknown_host_is_named_and_escaped() {
    let world = World::plain().await;
    let answer = world.get("nobody.test", "/").await;
    assert_eq!(status(&answer), 404);
    assert!(body(&answer).contains("nobody.test"), "{answer}");
    let page = world.ask("GET", "nobody.test", "/", BROWSER).await;
    assert_eq!(status(&page), 404);
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert!(body(&page).contains("nobody.test"), "{page}");
    for evil in ["<script>alert(1)</script>", "a\"onload=x", "a b", "a_b.c", "", "a,b"] {
        let page = world.ask("GET", evil, "/", BROWSER).await;
        assert_eq!(status(&page), 400, "{evil}: {page}");
        assert!(!page.contains("<script") && !page.contains("onload"), "{page}");
    }
}

#[tokio::test]
async fn on_the_control_host_every_path_is_crofts() {
    let mut own = snapshot(&[("croft.example.com", 1)], &[(1, "GET /hello")]);
    own.generation = 5;
    let world = World::with(settings(), own, |_| unreachable!("no tenant is here")).await;
    for path in ["/", "/hello", "/api/v1/me?x=1", "/.well-known/croft/x", "/healthz"] {
        let answer = world.get("croft.example.com", path).await;
        let said = format!("control via=ControlHost client=127.0.0.1 secure=false GET {path}");
        assert_eq!(body(&answer), format!("{said} body=0"));
        assert!(header(&answer, "croft-request-id").is_some());
    }
}

#[tokio::test]
async fn by_an_address_there_is_the_api_and_pages_lead_to_the_control_host() {
    let world = World::plain().await;
    for host in ["127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
        let api = world.ask("GET", host, "/api/v1/me", BROWSER).await;
        assert!(body(&api).starts_with("control via=Address"), "{host}: {api}");
        let page = world.ask("GET", host, "/projects?x=1", BROWSER).await;
        assert_eq!(status(&page), 302);
        let there = "http://croft.example.com:8080/projects?x=1";
        assert_eq!(header(&page, "location"), Some(there));
    }
    for path in ["/healthz", "/version", "/metrics", "/api"] {
        let answer = world.ask("GET", "127.0.0.1", path, BROWSER).await;
        assert!(body(&answer).starts_with("control via=Address"), "{path}: {answer}");
    }
    // A program's request and a form's are no navigation.
    assert_eq!(status(&world.get("127.0.0.1", "/connect.sh").await), 200);
    assert_eq!(status(&world.ask("POST", "127.0.0.1", "/x", BROWSER).await), 200);
    let tricky = world.ask("GET", "127.0.0.1", "//evil.test/", BROWSER).await;
    let there = "http://croft.example.com:8080//evil.test/";
    assert_eq!(header(&tricky, "location"), Some(there));
}

#[tokio::test]
async fn the_default_host_keeps_a_few_paths() {
    let world = World::plain().await;
    for path in ["/healthz", "/version", "/api", "/api/v1/me"] {
        let answer = world.get("localhost:8080", path).await;
        assert!(body(&answer).starts_with("control via=DefaultHost"), "{path}: {answer}");
    }
    let admin = world.get("localhost", "/admin").await;
    let dashboard = Some("http://croft.example.com:8080/");
    assert_eq!((status(&admin), header(&admin, "location")), (302, dashboard));
    let root = world.ask("GET", "localhost", "/", BROWSER).await;
    assert_eq!((status(&root), header(&root, "location")), (302, dashboard));
    assert_eq!(status(&world.get("localhost", "/").await), 404);
    assert_eq!(status(&world.get("localhost", "/hi").await), 200);
    // On other hosts the same paths are the tenant's.
    for path in ["/healthz", "/admin", "/api/x"] {
        let answer = world.ask("GET", APP, path, BROWSER).await;
        assert_eq!(status(&answer), 404, "{path}");
    }
}

#[tokio::test]
async fn what_croft_keeps_it_keeps_however_it_is_written() {
    let world = World::with(
        settings(),
        snapshot(&[("localhost", 1)], &[(1, "* /*all"), (1, "GET /api/x"), (1, "GET /healthz")]),
        |call| Box::pin(async move { crate::world::echo(&call) }),
    )
    .await;
    for path in ["/%61pi/x", "/ap%69", "/%68ealthz", "/%76%65rsion"] {
        let answer = world.get("localhost", path).await;
        assert!(body(&answer).starts_with("control via=DefaultHost"), "{path}: {answer}");
    }
    assert_eq!(status(&world.get("localhost", "/%61dmin/x").await), 302);
    assert_eq!(status(&world.get("localhost", "/.well%2Dknown/%63roft/x").await), 404);
    // These are other paths, for routes as well.
    for path in ["/api%2Fx", "//api/x", "/API/x", "/%2561pi", "/healthz/x", "/.well-known%2Fcroft"]
    {
        let answer = world.get("localhost", path).await;
        assert!(body(&answer).starts_with("* /*all"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn cookies_reach_and_leave_the_control_plane_on_its_own_host_only() {
    let world = World::plain().await;
    let signed_in = "Cookie: __Host-croft=secret\r\n";
    for host in ["localhost", "127.0.0.1"] {
        let answer = world.ask("GET", host, "/api/v1/me", signed_in).await;
        assert!(body(&answer).ends_with("body=0"), "{answer}");
        assert_eq!(header(&answer, "set-cookie"), None);
    }
    let answer = world.ask("GET", "croft.example.com", "/api/v1/me", signed_in).await;
    assert!(body(&answer).ends_with("body=0 cookie"), "{answer}");
    assert!(header(&answer, "set-cookie").is_some());
}

#[tokio::test]
async fn crofts_own_well_known_path_is_nobodys_function() {
    let world = World::with(
        settings(),
        snapshot(&[("a.test", 1), ("localhost", 1)], &[(1, "* /*all")]),
        |call| Box::pin(async move { crate::world::echo(&call) }),
    )
    .await;
    for host in ["a.test", "localhost"] {
        for path in ["/.well-known/croft", "/.well-known/croft/enter?ticket=1"] {
            assert_eq!(status(&world.get(host, path).await), 404, "{host}{path}");
        }
        for path in ["/.well-known/croftx", "/.well-known/acme-challenge/x"] {
            assert_eq!(status(&world.get(host, path).await), 200, "{host}{path}");
        }
    }
}

/// A world that looks so often, with one host.
async fn looking_every(period: Duration) -> World {
    let mut settings = settings();
    settings.limits.refresh_period = period;
    World::with(settings, snapshot(&[(APP, 1)], &[(1, "GET /any")]), |call| {
        Box::pin(async move { crate::world::echo(&call) })
    })
    .await
}

fn generation(generation: u64, host: &str) -> RouteDelta {
    RouteDelta { generation, ..snapshot(&[(host, 1)], &[(1, "GET /any")]) }
}

#[tokio::test]
async fn a_hint_brings_new_routes_at_once() {
    let world = looking_every(Duration::from_hours(1)).await;
    for n in 2..5 {
        world.routes.set(Ok(generation(n, "new.test")));
        world.routes.hint();
        until("new routes are in force", || world.edge.table().generation() == Some(n)).await;
    }
    assert_eq!(status(&world.get("new.test", "/any").await), 200);
    assert_eq!(status(&world.get(APP, "/any").await), 404);
}

#[tokio::test]
async fn without_a_hint_the_edge_looks_by_itself_and_an_unreadable_source_changes_nothing() {
    let world = looking_every(Duration::from_millis(10)).await;
    for trouble in [Trouble::Gone, Trouble::Panic] {
        world.routes.set(Err(trouble));
        let looks = world.routes.looks();
        until("it looked in vain", || world.routes.looks() > looks + 2).await;
        assert_eq!(status(&world.get(APP, "/any").await), 200);
    }
    world.routes.set(Ok(generation(2, "new.test")));
    until("new routes are in force", || world.edge.table().generation() == Some(2)).await;
    assert_eq!(status(&world.get(APP, "/any").await), 404);
    // Only what changed.
    let added = RouteDelta {
        generation: 3,
        whole: false,
        ..snapshot(&[("added.test", 2)], &[(2, "GET /any")])
    };
    world.routes.set(Ok(added));
    until("the change is in force", || world.edge.table().generation() == Some(3)).await;
    for host in ["new.test", "added.test"] {
        assert_eq!(status(&world.get(host, "/any").await), 200, "{host}");
    }
    // An older generation is another state too: a restored backup begins there.
    world.routes.set(Ok(generation(1, APP)));
    until("old routes are in force", || world.edge.table().generation() == Some(1)).await;
}

#[tokio::test]
async fn a_source_that_hints_without_end_is_not_asked_without_end() {
    let world = looking_every(Duration::from_hours(1)).await;
    let (before, begun) = (world.routes.looks(), tokio::time::Instant::now());
    let end = crate::world::after(200);
    while !end() {
        world.routes.hint();
        tokio::task::yield_now().await;
    }
    let looks = u128::from(world.routes.looks() - before);
    // One for each 20 ms, and one at either end.
    let most = begun.elapsed().as_millis() / 20 + 2;
    assert!((1..=most).contains(&looks), "{looks} looks, at most {most} expected");
}

#[tokio::test]
async fn before_the_first_routes_nobody_is_told_that_nothing_is_there() {
    let world = World::unready(settings(), Err(Trouble::Gone), |_| unreachable!()).await;
    let answer = world.get(APP, "/").await;
    assert_eq!((status(&answer), header(&answer, "retry-after")), (503, Some("1")));
    assert_eq!(status(&world.get("croft.example.com", "/healthz").await), 200);
}
