//! Projects from outside: made, renamed, deleted, restored, purged.

use croft_tests::{World, postgres::connect};
use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_project_lives_is_deleted_restored_and_purged() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let project = ada.post("/projects", json!({ "name": "My Blog!" })).await.expect(201);
    assert_eq!(project.text("slug"), "my-blog");
    assert_eq!(
        project.text("url"),
        format!("http://proj-{}.apps.localhost:8080", project.text("label"))
    );
    ada.put("/projects/my-blog/variables/production/KEY", json!({ "value": "v", "secret": true }))
        .await
        .expect(200);

    ada.delete("/projects/my-blog").await.expect(204);
    ada.delete("/projects/my-blog").await.expect(204);
    let shown = ada.get("/projects/my-blog").await.expect(200);
    assert!(shown.json["purge_at"].is_string(), "{}", shown.json);
    ada.put("/projects/my-blog/variables/production/KEY", json!({ "value": "w" }))
        .await
        .expect_problem(409, "conflict");
    assert_eq!(ada.get("/projects").await.expect(200).json["items"], json!([]));
    world.clock.advance(Duration::days(6));
    world.drain().await;
    ada.post("/projects/my-blog/restore", json!({})).await.expect(200);
    let variables = ada.get("/projects/my-blog/variables/production").await.expect(200);
    assert_eq!(variables.json["items"][0]["key"], "KEY", "nothing was lost: {}", variables.json);

    ada.delete("/projects/my-blog").await.expect(204);
    world.clock.advance(Duration::days(8));
    world.drain().await;
    ada.get("/projects/my-blog").await.expect_problem(404, "not_found");
    ada.post("/projects/my-blog/restore", json!({})).await.expect_problem(404, "not_found");
    let mut admin = connect(&world.database.superuser).await;
    for table in
        ["projects WHERE slug = 'my-blog'", "variables", "due WHERE kind = 'project_purge'"]
    {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let left: i64 = sqlx::query_scalar(count).fetch_one(&mut admin).await.unwrap();
        assert_eq!(left, 0, "{table} still holds something of a purged project");
    }
    // Its label stays used for ever.
    let used: i64 = sqlx::query_scalar("SELECT count(*) FROM used_labels WHERE label = $1")
        .bind(project.text("label"))
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(used, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_slug_redirects_until_it_is_taken_over_in_two_steps() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.post("/projects", json!({ "name": "First" })).await.expect(201);
    ada.post("/projects", json!({ "name": "Second" })).await.expect(201);
    ada.post("/projects/first/slug", json!({ "slug": "renamed" })).await.expect(200);
    let moved = ada.get("/projects/first").await.expect(308);
    assert_eq!(moved.headers["location"], "/api/v1/projects/renamed");

    let check =
        ada.post("/projects/second/slug/check", json!({ "slug": "first" })).await.expect(200);
    assert_eq!(check.json["state"], "redirects");
    let refused = ada.post("/projects/second/slug", json!({ "slug": "first" })).await;
    refused.expect_problem(409, "conflict");
    ada.post("/projects/second/slug", json!({ "slug": "first", "force": true })).await.expect(200);
    assert_eq!(ada.get("/projects/first").await.expect(200).text("name"), "Second");
    ada.get("/projects/second").await.expect(308);

    // Another team learns no more than that it is taken, and never takes it over.
    let eve = world.person("eve").await;
    eve.post("/projects", json!({ "name": "Third" })).await.expect(201);
    for slug in ["first", "second", "renamed"] {
        let make = json!({ "name": "Mine", "slug": slug });
        eve.post("/projects", make).await.expect_problem(409, "conflict");
        let body = json!({ "slug": slug, "force": true });
        eve.post("/projects/third/slug", body).await.expect_problem(409, "conflict");
        eve.get(&format!("/projects/{slug}")).await.expect_problem(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_for_the_last_slot_one_wins() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let team = ada.team().await;
    let operator = world.operator().await;
    let limit = json!({ "limits": { "projects": 1 } });
    operator.patch(&format!("/admin/teams/{team}/limits"), limit).await.expect(200);
    let racers = (0..8).map(|i| {
        let ada = ada.clone();
        async move { ada.post("/projects", json!({ "name": format!("Racer {i}") })).await }
    });
    let answers = join_all(racers).await;
    let won = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!(won, 1, "{answers:?}");
    let lost = answers
        .into_iter()
        .find(|a| a.status != 201)
        .unwrap()
        .expect_problem(403, "quota_exceeded");
    assert_eq!(lost.json["quota"], json!({ "limit": "projects", "used": 1, "allowed": 1 }));
    assert!(
        lost.text("detail").contains("croft admin limits"),
        "says how to raise it: {}",
        lost.json
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_a_creation_safe_to_repeat() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let send = |name: &'static str| {
        let ada = ada.clone();
        async move { ada.send_with_key(Method::POST, "/projects", json!({ "name": name }), "k-1").await }
    };
    let answers = join_all((0..6).map(|_| send("Once"))).await;
    let ids: Vec<String> =
        answers.into_iter().map(|a| a.expect(201).text("id").to_owned()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one project, six times: {ids:?}");
    assert_eq!(ada.get("/projects").await.json["items"].as_array().unwrap().len(), 1);
    send("Another").await.expect_problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_never_shown_again_and_is_nowhere_in_the_clear() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Shop").await;
    let path = "/projects/shop/variables/production/STRIPE_KEY";
    let set = json!({ "value": "sk_live_marker_4711", "secret": true, "category": "payment" });
    let answer = ada.put(path, set).await.expect(200);
    assert!(answer.json.get("value").is_none(), "{}", answer.json);
    let again = ada.put(path, json!({ "value": "sk_live_marker_4712" })).await.expect(200);
    assert_eq!(
        (&again.json["secret"], &again.json["version"]),
        (&json!(true), &json!(2)),
        "stays secret"
    );
    let team = ada.team().await;
    for path in [
        "/projects/shop/variables/production".to_owned(),
        "/projects/shop/events".to_owned(),
        format!("/teams/{team}/audit"),
    ] {
        let shown = ada.get(&path).await.expect(200).json.to_string();
        assert!(!shown.contains("sk_live_marker"), "{path} shows it");
    }
    let mut admin = connect(&world.database.superuser).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE relkind = 'r' AND nspname = 'public'",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    for table in tables {
        // Bytes are shown in hex and as text: both are looked at.
        let sql = format!(
            "SELECT count(*) FROM {table} t WHERE t::text LIKE '%sk_live_marker%'
                OR t::text LIKE '%' || encode('sk_live_marker', 'hex') || '%'"
        );
        let found: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut admin).await.unwrap();
        assert_eq!(found, 0, "{table} holds a secret in the clear");
    }
    // The control: a variable that is no secret is found the same way.
    ada.put("/projects/shop/variables/production/PLAIN", json!({ "value": "plain_marker" }))
        .await
        .expect(200);
    let found: i64 =
        sqlx::query_scalar("SELECT count(*) FROM variables t WHERE t::text LIKE '%plain_marker%'")
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert_eq!(found, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_croft_s_on_localhost_is_no_function_s_there_and_anyone_s_elsewhere() {
    let world = World::new().await;
    let operator = world.operator().await;
    let ada = world.person("ada").await;
    ada.project("Own host").await;
    for path in ["/api/x", "/admin", "/healthz", "/version", "/%61pi/x"] {
        let deploy = json!({ "source": "1", "routes": [{ "method": "GET", "path": path }] });
        let refused = operator.put("/projects/default/functions/f", deploy.clone()).await;
        refused.expect_problem(422, "invalid");
        ada.put("/projects/own-host/functions/f", deploy).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_variables_end_a_page_by_count_and_by_bytes() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let project = ada.project("Big").await;
    // Twenty-five values of the largest size are more than one page takes.
    let large = "x".repeat(64 * 1024);
    for at in [format!("/projects/{project}/variables/production"), "/me/variables".to_owned()] {
        for n in 0..25 {
            let body = json!({ "value": large, "secret": n == 3 });
            ada.put(&format!("{at}/KEY_{n:02}"), body).await.expect(200);
        }
        let (mut keys, mut after, mut sizes) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = ada.get(&format!("{at}?limit=200{after}")).await.expect(200).json;
            let items = page["items"].as_array().unwrap();
            keys.extend(items.iter().map(|v| v["key"].as_str().unwrap().to_owned()));
            sizes.push(items.len());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        // Sixteen of 64 KiB are 1 MiB; the secret shows none of its value.
        assert_eq!(sizes, [17, 8], "{at}");
        assert_eq!(keys, (0..25).map(|n| format!("KEY_{n:02}")).collect::<Vec<_>>(), "{at}");
        let page = ada.get(&format!("{at}?limit=2&after=KEY_22")).await.expect(200);
        assert_eq!(page.json["items"].as_array().unwrap().len(), 2);
        assert!(page.json.get("next").is_none(), "{at}: nothing is left");
        let page = ada.get(&format!("{at}?limit=2&after=KEY_21")).await.expect(200);
        assert_eq!(page.text("next"), "KEY_23", "{at}");
        for wrong in ["limit=0", "limit=201", "after=no+name"] {
            ada.get(&format!("{at}?{wrong}")).await.expect_problem(422, "invalid");
        }
    }
    // What a variable is about stays when it is set anew.
    let auth = json!({ "value": "v", "category": "auth" });
    ada.put("/me/variables/KEY_07", auth).await.expect(200);
    let anew = ada.put("/me/variables/KEY_07", json!({ "value": "w" })).await.expect(200);
    assert_eq!((anew.text("category"), anew.json["version"].as_i64()), ("auth", Some(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_text_comes_with_the_function_and_not_with_lists() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let at = format!("/projects/{}/functions", ada.project("Texts").await);
    let body = json!({ "source": "\"hi\"", "routes": [{ "method": "GET", "path": "/hi" }] });
    let deployed = ada.put(&format!("{at}/hi"), body.clone()).await.expect(200);
    assert_eq!((deployed.text("source"), deployed.json["version"].as_i64()), ("\"hi\"", Some(1)));
    assert_eq!(ada.get(&format!("{at}/hi")).await.expect(200).text("source"), "\"hi\"");
    let list = ada.get(&at).await.expect(200).json;
    assert_eq!(list["items"][0]["name"], "hi");
    assert_eq!(list["items"][0]["routes"][0]["path"], "/hi");
    assert!(list["items"][0].get("source").is_none(), "{list}");
    let same = ada.put(&format!("{at}/hi"), body).await.expect(200);
    assert_eq!(same.json["version"], 1, "the same text again is no other version");
}
