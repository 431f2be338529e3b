//! Domains from outside: what counts, what is never anybody's, and who decides (decision 11).

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use croft_tests::{Person, World};
use serde_json::json;

async fn claim(person: &Person<'_>, project: &str, host: &str) -> String {
    let claim = person.post(&format!("/projects/{project}/domains"), json!({ "host": host })).await;
    claim.expect(201).text("id").to_owned()
}

async fn state(person: &Person<'_>, project: &str, id: &str) -> String {
    let claims = person.get(&format!("/projects/{project}/domains")).await.expect(200).json;
    let claim = claims["items"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap();
    claim["state"].as_str().unwrap().to_owned()
}

fn prove(claim: &str) -> String {
    format!("/admin/domains/{claim}/prove")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_anybodys_is_refused() {
    let world = World::new().await;
    let (ada, operator) = (world.person("ada").await, world.operator().await);
    let project = ada.project("Blog").await;
    for host in [
        "croft.localhost",
        "x.croft.localhost",
        "apps.localhost",
        "*.apps.localhost",
        "proj-abcdefghijkl.apps.localhost",
        "p3000--x.apps.localhost",
        "localhost",
        "*.localhost",
        "com",
        "*.com",
        "co.uk",
        "*.co.uk",
        "{x}.github.io",
        "127.0.0.1",
    ] {
        let body = json!({ "host": host });
        ada.post("/projects/blog/domains", body).await.expect_problem(422, "invalid");
        let body = json!({ "host": host, "project_id": project });
        operator.put("/admin/domains", body).await.expect_problem(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_proven_a_host_displaces_who_squats_on_it() {
    let world = World::new().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let operator = world.operator().await;
    ada.project("Blog").await;
    eve.project("Shop").await;
    let squat = claim(&eve, "shop", "shop.example.org").await;
    let own = claim(&ada, "blog", "shop.example.org").await;
    ada.post(&prove(&own), json!({})).await.expect_problem(403, "forbidden");
    operator.post(&prove(&own), json!({})).await.expect(200);
    operator.post(&prove(&own), json!({})).await.expect(200);
    assert_eq!(state(&ada, "blog", &own).await, "proven");
    assert_eq!(state(&eve, "shop", &squat).await, "pending");
    operator.post(&prove(&squat), json!({})).await.expect_problem(409, "conflict");

    let team = ada.team().await;
    let audit = ada.get(&format!("/teams/{team}/audit")).await.expect(200).json;
    assert_eq!(audit["items"][0]["action"], "domain.prove");
    let all = operator.get("/admin/domains?host=shop.example.org").await.expect(200).json;
    let row = |c: &serde_json::Value| (c["project"].clone(), c["state"].clone());
    let rows: Vec<_> = all["items"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(json!("blog"), json!("proven")), (json!("shop"), json!("pending"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_within_a_domain_is_its_owners_who_may_let_others_have_of_it() {
    let world = World::new().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    ada.project("Blog").await;
    eve.project("Shop").await;
    // Proven at once, on a development installation.
    let above = claim(&ada, "blog", "*.blog.localhost").await;
    assert_eq!(state(&ada, "blog", &above).await, "proven");
    let same = json!({ "host": "{x}.blog.localhost" });
    eve.post("/projects/shop/domains", same).await.expect_problem(409, "conflict");
    let within = claim(&eve, "shop", "eve.blog.localhost").await;
    let far = claim(&eve, "shop", "eve.fog.localhost").await;
    assert_eq!(state(&eve, "shop", &within).await, "pending", "not without its owner");
    assert_eq!(state(&eve, "shop", &far).await, "proven");

    let listed = ada.get("/projects/blog/domains/within").await.expect(200).json;
    let items = listed["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["host"]), (1, &json!("eve.blog.localhost")));
    assert_eq!((&items[0]["project"], &items[0]["state"]), (&json!("shop"), &json!("pending")));
    let allow = format!("/projects/blog/domains/{within}/allow");
    eve.post(&allow, json!({})).await.expect_problem(404, "not_found");
    let own = format!("/projects/shop/domains/{within}/allow");
    eve.post(&own, json!({})).await.expect_problem(404, "not_found");
    let other = format!("/projects/blog/domains/{far}/allow");
    ada.post(&other, json!({})).await.expect_problem(404, "not_found");
    assert_eq!(ada.post(&allow, json!({})).await.expect(200).text("state"), "proven");
    assert_eq!(state(&eve, "shop", &within).await, "proven");
    for person in [&ada, &eve] {
        let team = person.team().await;
        let audit = person.get(&format!("/teams/{team}/audit")).await.expect(200).json;
        assert_eq!(audit["items"][0]["action"], "domain.allow");
    }
    let back = format!("/projects/blog/domains/{within}/disallow");
    assert_eq!(ada.post(&back, json!({})).await.expect(200).text("state"), "pending");
    assert_eq!(state(&eve, "shop", &within).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_proofs_at_one_time_one_is_good() {
    let world = World::new().await;
    let operator = world.operator().await;
    let people = [world.person("ada").await, world.person("eve").await];
    let mut projects = Vec::new();
    for person in &people {
        projects.push(person.project("Site").await);
    }
    for round in 0..10 {
        let host = format!("r{round}.example.org");
        let one = claim(&people[0], &projects[0], &host).await;
        let other = claim(&people[1], &projects[1], &host).await;
        let (path, body) = ([prove(&one), prove(&other)], json!({}));
        let answers = tokio::join!(
            operator.post(&path[0], body.clone()),
            operator.post(&path[1], body.clone())
        );
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{host}");
        let states = [
            state(&people[0], &projects[0], &one).await,
            state(&people[1], &projects[1], &other).await,
        ];
        assert_eq!(states.iter().filter(|state| *state == "proven").count(), 1, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_what_nobody_can_claim() {
    let world = World::new().await;
    let (ada, operator) = (world.person("ada").await, world.operator().await);
    let project = ada.project("Blog").await;
    let body = json!({ "host": "given.example.org", "project_id": project });
    ada.put("/admin/domains", body.clone()).await.expect_problem(403, "forbidden");
    let given = operator.put("/admin/domains", body.clone()).await.expect(200);
    assert_eq!(given.text("state"), "proven");
    let again = operator.put("/admin/domains", body).await.expect(200);
    assert_eq!(again.text("id"), given.text("id"));
    // A claim that is there already comes to count.
    let pending = claim(&ada, "blog", "later.example.org").await;
    let body = json!({ "host": "later.example.org", "project_id": project });
    assert_eq!(operator.put("/admin/domains", body).await.expect(200).text("id"), pending);
    assert_eq!(state(&ada, "blog", &pending).await, "proven");
}
