//! Routes from outside: adding and removing them, hosts of their own, and what is said beforehand.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use croft_tests::{Answer, Person, World};
use serde_json::{Value, json};

const ROUTES: &str = "/projects/blog/routes";

async fn function(person: &Person<'_>, name: &str) {
    let at = format!("/projects/blog/functions/{name}");
    person.put(&at, json!({ "source": "1" })).await.expect(200);
}

/// `METHOD [host]/path` as a body.
fn body(text: &str) -> Value {
    let (method, place) = text.split_once(' ').unwrap();
    let (host, path) = place.split_at(place.find('/').unwrap());
    match host {
        "" => json!({ "method": method, "path": path }),
        host => json!({ "method": method, "host": host, "path": path }),
    }
}

async fn add(person: &Person<'_>, name: &str, route: &str) -> Answer {
    person.post(&format!("/projects/blog/functions/{name}/routes"), body(route)).await
}

async fn check(person: &Person<'_>, route: &str) -> Value {
    person.post(&format!("{ROUTES}/check"), body(route)).await.expect(200).json
}

async fn explain(person: &Person<'_>, request: &str) -> Value {
    person.post(&format!("{ROUTES}/explain"), body(request)).await.expect(200).json
}

async fn claim(person: &Person<'_>, project: &str, host: &str) -> String {
    let claim = person.post(&format!("/projects/{project}/domains"), json!({ "host": host })).await;
    claim.expect(201).text("id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_come_and_go_one_by_one() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    function(&ada, "hello").await;
    function(&ada, "other").await;
    let added = add(&ada, "hello", "GET /hello/:name").await.expect(200);
    let again = add(&ada, "hello", "GET /hello/:who").await.expect(200);
    assert_eq!(added.text("id"), again.text("id"), "the same requests: it is the same route");
    assert!(added.text("url").ends_with("/hello/:name"), "{}", added.json);
    let taken = add(&ada, "other", "GET /hello/:x").await.expect_problem(409, "conflict");
    assert!(taken.text("detail").contains("`hello`"), "it says whose it is: {}", taken.json);
    add(&ada, "other", "POST /hello/:x").await.expect(200);
    add(&ada, "nothing", "GET /x").await.expect_problem(404, "not_found");

    let listed = ada.get(ROUTES).await.expect(200).json;
    let row = |r: &Value| {
        format!("{} {}", r["method"].as_str().unwrap(), r["function"].as_str().unwrap())
    };
    let rows: Vec<_> = listed["items"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, ["GET hello", "POST other"]);

    let at = format!("{ROUTES}/{}", added.text("id"));
    ada.delete(&at).await.expect(204);
    ada.delete(&at).await.expect_problem(404, "not_found");
    assert_eq!(ada.get(ROUTES).await.expect(200).json["items"].as_array().unwrap().len(), 1);
    let team = ada.team().await;
    let audit = ada.get(&format!("/teams/{team}/audit")).await.expect(200).json;
    let removed = &audit["items"][0];
    assert_eq!(
        (&removed["action"], &removed["before"]["route"]),
        (&json!("route.remove"), &json!("GET /hello/:name"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_may_be_for_hosts_of_the_projects_own_only() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    function(&ada, "hello").await;
    let host = "GET shop.blog.localhost/hello";
    let refused = add(&ada, "hello", host).await.expect_problem(422, "invalid");
    assert!(refused.text("detail").contains("croft domain claim"), "{}", refused.json);
    assert_eq!(check(&ada, host).await["problems"][0]["code"], "host_not_claimed");

    let claimed = claim(&ada, "blog", "{shop}.blog.localhost").await;
    let route = add(&ada, "hello", host).await.expect(200);
    assert!(route.text("url").contains("://shop.blog.localhost"), "{}", route.json);
    let pattern = add(&ada, "hello", "GET *.blog.localhost/hi").await.expect(200);
    add(&ada, "hello", "GET a.shop.blog.localhost/hi").await.expect_problem(422, "invalid");
    // A deploy takes them too, and refuses the same.
    let at = "/projects/blog/functions/deployed";
    let deploy = |route: &str| json!({ "source": "1", "routes": [body(route)] });
    ada.put(at, deploy("GET far.example.org/x")).await.expect_problem(422, "invalid");
    let deployed = ada.put(at, deploy("GET a.blog.localhost/x")).await.expect(200).json;
    assert_eq!(deployed["routes"][0]["host"], "a.blog.localhost");

    // A pending claim may have routes already; they say that they lead nowhere yet.
    claim(&ada, "blog", "shop.example.org").await;
    assert_eq!(check(&ada, "GET shop.example.org/x").await["pending"], "shop.example.org");
    assert_eq!(explain(&ada, "GET shop.example.org/x").await["outcome"], "pending_domain");

    let release = format!("/projects/blog/domains/{claimed}");
    let kept = ada.delete(&release).await.expect_problem(409, "conflict");
    assert!(kept.text("detail").contains("croft route remove"), "{}", kept.json);
    for id in [route.text("id"), pattern.text("id"), deployed["routes"][0]["id"].as_str().unwrap()]
    {
        ada.delete(&format!("{ROUTES}/{id}")).await.expect(204);
    }
    ada.delete(&release).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_would_do_is_said_beforehand_and_why() {
    let world = World::new().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    ada.project("Blog").await;
    eve.project("Shop").await;
    claim(&ada, "blog", "{shop}.blog.localhost").await;
    function(&ada, "hello").await;
    for route in ["GET /hello/:name", "POST /hello/*rest", "GET *.blog.localhost/hello/:name"] {
        add(&ada, "hello", route).await.expect(200);
    }
    let told = explain(&ada, "GET x.blog.localhost/hello/a%20b").await;
    assert_eq!((&told["outcome"], &told["params"]["name"]), (&json!("function"), &json!("a b")));
    assert_eq!(told["route"]["host"], "*.blog.localhost");
    assert_eq!(told["host_params"], json!({ "shop": "x" }));
    assert!(told["steps"].as_array().unwrap().len() > 2, "{told}");
    let found = ada.post(&format!("{ROUTES}/match"), body("GET x.blog.localhost/hello/ada")).await;
    let found = found.expect(200).json;
    assert_eq!((&found["outcome"], found.get("steps")), (&json!("function"), None));
    for (request, outcome) in [
        ("GET /hello/ada", "function"),
        ("DELETE /hello/ada", "method_not_allowed"),
        ("GET /nowhere", "not_found"),
        ("GET /.well-known/croft/enter", "reserved"),
        ("GET /api/x", "not_found"),
        ("GET proj-elsewhere.apps.localhost/x", "other_host"),
    ] {
        assert_eq!(explain(&ada, request).await["outcome"], outcome, "{request}");
    }
    assert_eq!(explain(&ada, "DELETE /hello/ada").await["allow"], json!(["GET", "HEAD", "POST"]));
    // Whose another host is, is not said.
    claim(&eve, "shop", "shop.localhost").await;
    let told = explain(&ada, "GET shop.localhost/x").await;
    assert_eq!(told["outcome"], "other_host");
    assert!(!told.to_string().contains("Shop"), "{told}");
    for bad in ["GET", "BAD METHOD", ""] {
        let body = json!({ "method": bad, "path": if bad == "GET" { "x" } else { "/x" } });
        ada.post(&format!("{ROUTES}/match"), body).await.expect_problem(422, "invalid");
    }
    let overlaps = check(&ada, "GET /hello/ada").await["overlaps"].clone();
    let wins = |o: &Value| (o["route"]["method"].as_str().unwrap().to_owned(), o["wins"] == true);
    let wins: Vec<_> = overlaps.as_array().unwrap().iter().map(wins).collect();
    assert_eq!(wins, [("GET".to_owned(), true), ("GET".to_owned(), false)], "{overlaps}");
    assert_eq!(check(&ada, "GET /hello/:x").await["problems"][0]["code"], "conflict");
}
