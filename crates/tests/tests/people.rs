//! People from outside: accounts, sessions, invitations, members, tokens, the operator.

use croft_api::Via;
use croft_app::Origin;
use croft_tests::{World, postgres::connect, world::PASSWORD};
use http::Request;
use serde_json::json;
use time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_tells_whether_an_e_mail_has_an_account() {
    let world = World::new().await;
    world.person("ada").await;
    let nobody = world.anonymous();
    let sign_in = |email: &str, password: &str| json!({ "email": email, "password": password, "transport": "bearer" });
    let known = nobody.post("/session", sign_in("ada@example.com", "wrong wrong wrong")).await;
    let unknown = nobody.post("/session", sign_in("eve@example.com", "wrong wrong wrong")).await;
    let same =
        |a: &croft_tests::Answer| (a.status, a.json["detail"].clone(), a.json["code"].clone());
    assert_eq!(same(&known), same(&unknown));
    assert_eq!(known.status, 401);
    let sign_up = |email: &str| json!({ "email": email, "password": PASSWORD });
    let taken = nobody.post("/accounts", sign_up("ada@example.com")).await;
    let free = nobody.post("/accounts", sign_up("bob@example.com")).await;
    assert_eq!((taken.status, &taken.json), (free.status, &free.json));
    // The taken one was not changed by it.
    nobody.post("/session", sign_in("ada@example.com", PASSWORD)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_link_works_once() {
    let world = World::empty().await;
    let first = croft_app::accounts::setup_secret(&world.app).await.unwrap().unwrap();
    let second = croft_app::accounts::setup_secret(&world.app).await.unwrap().unwrap();
    let nobody = world.anonymous();
    let body = |secret: &str| json!({ "secret": secret, "email": "ada@example.com", "password": PASSWORD });
    let replaced = nobody.set_up(body(first.expose())).await;
    replaced.expect_problem(403, "forbidden");
    let done = nobody.set_up(body(second.expose())).await.expect(201);
    assert!(done.headers["set-cookie"].to_str().unwrap().starts_with("__Host-croft="));
    assert_eq!(done.json["me"]["operator"], true);
    nobody.set_up(body(second.expose())).await.expect_problem(403, "forbidden");
    assert!(croft_app::accounts::setup_secret(&world.app).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn set_up_and_sign_in_say_how_to_go_on_where_no_cookie_is_set() {
    let world = World::empty().await;
    let secret = croft_app::accounts::setup_secret(&world.app).await.unwrap().unwrap();
    let set_up =
        json!({ "secret": secret.expose(), "email": "ada@example.com", "password": PASSWORD });
    let sign_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    for (via, code) in [(Via::Address, "forbidden"), (Via::ControlHost, "csrf")] {
        for (path, body, advice) in [
            ("/setup", &set_up, "run `croft admin setup` on the machine itself"),
            ("/session", &sign_in, "ask for `\"transport\": \"bearer\"`"),
        ] {
            let request = Request::post(format!("/api/v1{path}"))
                .header("content-type", "application/json")
                .body(body.to_string().into())
                .unwrap();
            let refused = world.anonymous().raw_by(via, request).await.expect_problem(403, code);
            assert!(refused.text("detail").ends_with(advice), "{}", refused.json);
        }
    }
    world.anonymous().set_up(set_up).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_when_too_many_sign_in_is_told_so_at_once_and_nothing_else() {
    let world = World::new().await;
    world.person("ada").await;
    let others: Vec<_> = (0..)
        .map_while(|n| world.app.passwords.queue(&format!("{n}"), Origin::default()).ok())
        .take(1_000)
        .collect();
    assert!(others.len() < 1_000, "there is no end of the queue");
    let nobody = world.anonymous();
    let sign_in =
        |email: &str| json!({ "email": email, "password": PASSWORD, "transport": "bearer" });
    for email in ["ada@example.com", "eve@example.com", "no address"] {
        let refused = nobody.post("/session", sign_in(email)).await;
        let refused = refused.expect_problem(429, "too_many_requests");
        assert_eq!(refused.headers["retry-after"], "1");
        let detail = "too many passwords are being checked just now; try again in a moment";
        assert_eq!(refused.text("detail"), detail);
    }
    let sign_up = json!({ "email": "bob@example.com", "password": PASSWORD });
    nobody.post("/accounts", sign_up).await.expect_problem(429, "too_many_requests");
    drop(others);
    nobody.post("/session", sign_in("ada@example.com")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_one_person_and_one_time() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let team = ada.team().await;
    let invite = json!({ "role": "developer", "email": "bob@example.com" });
    let invited = ada.post(&format!("/teams/{team}/invitations"), invite).await.expect(201);
    let link = invited.text("link").to_owned();
    assert!(link.starts_with("http://croft.localhost:8080/invitation#croft_inv_"), "{link}");
    let secret = json!({ "secret": link.split_once('#').unwrap().1 });

    let shown = world.anonymous().post("/invitations/inspect", secret.clone()).await.expect(200);
    assert_eq!((shown.text("role"), shown.text("team_name")), ("developer", "Personal"));
    let eve = world.person("eve").await;
    eve.post("/invitations/accept", secret.clone()).await.expect_problem(403, "forbidden");
    let bob = world.person("bob").await;
    bob.post("/invitations/accept", secret.clone()).await.expect(200);
    bob.post("/invitations/accept", secret.clone()).await.expect_problem(404, "not_found");
    let members = bob.get(&format!("/teams/{team}/members")).await.expect(200);
    assert_eq!(members.json["items"].as_array().unwrap().len(), 2);

    let late = ada
        .post(&format!("/teams/{team}/invitations"), json!({ "role": "viewer" }))
        .await
        .expect(201);
    world.clock.advance(Duration::days(8));
    let secret = json!({ "secret": late.text("link").split_once('#').unwrap().1 });
    eve.post("/invitations/accept", secret).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_and_a_revoked_token_are_out_at_once() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let team = ada.team().await;
    let invited = ada
        .post(&format!("/teams/{team}/invitations"), json!({ "role": "admin" }))
        .await
        .expect(201);
    let secret = json!({ "secret": invited.text("link").split_once('#').unwrap().1 });
    bob.post("/invitations/accept", secret).await.expect(200);
    let project = ada.project("Shared").await;
    let path = format!("/projects/{project}");
    bob.get(&path).await.expect(200);
    let token =
        bob.post(&format!("/teams/{team}/tokens"), json!({ "name": "ci" })).await.expect(201);
    let robot = bob.with_token(token.text("secret"));
    robot.get(&path).await.expect(200);

    let bob_id = bob.get("/me").await.text("id").to_owned();
    ada.delete(&format!("/teams/{team}/members/{bob_id}")).await.expect(204);
    bob.get(&path).await.expect_problem(404, "not_found");
    robot.get(&path).await.expect_problem(401, "unauthenticated");
    // Nobody removes the owner, not even they themselves.
    let ada_id = ada.get("/me").await.text("id").to_owned();
    ada.delete(&format!("/teams/{team}/members/{ada_id}")).await.expect_problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_all_other_sessions() {
    let world = World::new().await;
    let here = world.person("ada").await;
    let there = world.sign_in("ada@example.com").await;
    let change = json!({ "current": PASSWORD, "new": "three wet grey pebbles" });
    here.post("/me/password", change).await.expect(204);
    here.get("/me").await.expect(200);
    there.get("/me").await.expect_problem(401, "unauthenticated");
    let old = json!({ "email": "ada@example.com", "password": PASSWORD, "transport": "bearer" });
    world.anonymous().post("/session", old).await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_no_more_than_its_maker_may_when_it_is_used() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let team = ada.team().await;
    let invited = ada
        .post(&format!("/teams/{team}/invitations"), json!({ "role": "developer" }))
        .await
        .expect(201);
    let secret = json!({ "secret": invited.text("link").split_once('#').unwrap().1 });
    bob.post("/invitations/accept", secret).await.expect(200);
    let tokens = format!("/teams/{team}/tokens");
    let too_much = json!({ "name": "ci", "role": "admin" });
    bob.post(&tokens, too_much).await.expect_problem(422, "invalid");
    let made = bob.post(&tokens, json!({ "name": "ci" })).await.expect(201);
    let robot = bob.with_token(made.text("secret"));
    let project = json!({ "name": "By robot", "team_id": team });
    robot.post("/projects", project.clone()).await.expect(201);
    robot.post(&tokens, json!({ "name": "child" })).await.expect_problem(403, "forbidden");
    let bob_id = bob.get("/me").await.text("id").to_owned();
    ada.patch(&format!("/teams/{team}/members/{bob_id}"), json!({ "role": "viewer" }))
        .await
        .expect(200);
    robot.post("/projects", project).await.expect_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_no_contents_and_enters_for_an_hour_in_the_open() {
    let world = World::new().await;
    let (ada, operator) = (world.person("ada").await, world.operator().await);
    let team = ada.team().await;
    let project = ada.project("Secret plans").await;
    operator.get(&format!("/projects/{project}")).await.expect_problem(404, "not_found");
    let teams = operator.get("/admin/teams").await.expect(200).json.to_string();
    assert!(!teams.contains("Secret plans"));
    let enter = json!({ "reason": "Ada asked for help with her project", "role": "developer" });
    operator.post(&format!("/admin/teams/{team}/enter"), enter).await.expect(204);
    operator.get(&format!("/projects/{project}")).await.expect(200);
    let log = ada.get(&format!("/teams/{team}/audit")).await.expect(200).json.to_string();
    assert!(log.contains("team.enter") && log.contains("Ada asked for help"), "{log}");
    world.clock.advance(Duration::minutes(61));
    operator.get(&format!("/projects/{project}")).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_an_operator() {
    let world = World::new().await;
    let operator = world.operator().await;
    let me = operator.get("/me").await.text("id").to_owned();
    for change in [json!({ "operator": false }), json!({ "disabled": true })] {
        operator.patch(&format!("/admin/users/{me}"), change).await.expect_problem(409, "conflict");
    }
    let delete =
        operator.send(http::Method::DELETE, "/me", Some(json!({ "password": PASSWORD }))).await;
    delete.expect_problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_did_is_in_the_log_with_where_from() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let team = ada.team().await;
    ada.project("Blog").await;
    // Ids sort by the millisecond, and this clock stands.
    world.clock.advance(Duration::seconds(1));
    ada.patch("/projects/blog", json!({ "name": "Journal" })).await.expect(200);
    let log = ada.get(&format!("/teams/{team}/audit")).await.expect(200);
    let newest = &log.json["items"][0];
    assert_eq!(newest["action"], "project.rename");
    assert_eq!(
        (&newest["before"]["name"], &newest["after"]["name"]),
        (&json!("Blog"), &json!("Journal"))
    );
    assert_eq!(
        (&newest["actor"], &newest["address"]),
        (&json!("ada@example.com"), &json!("127.0.0.1"))
    );
    assert!(newest["request_id"].as_str().unwrap().starts_with("req_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_nothing_of_its_own() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    let gone = ada.send(http::Method::DELETE, "/me", Some(json!({ "password": PASSWORD }))).await;
    gone.expect(204);
    ada.get("/me").await.expect_problem(401, "unauthenticated");
    let mut admin = connect(&world.database.superuser).await;
    for left in [
        "projects WHERE slug = 'blog'",
        "users WHERE email = 'ada@example.com'",
        "identities WHERE provider_user_id = 'ada@example.com'",
        "members m WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = m.user_id)",
    ] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {left}"));
        let n: i64 = sqlx::query_scalar(count).fetch_one(&mut admin).await.unwrap();
        assert_eq!(n, 0, "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_makes_one_account_and_only_an_operators_opens_a_closed_door() {
    let world = World::new().await;
    let (operator, ada) = (world.operator().await, world.person("ada").await);
    operator.patch("/admin/settings", json!({ "sign_up": "closed" })).await.expect(200);
    let invite = async |who: &croft_tests::Person<'_>| {
        let path = format!("/teams/{}/invitations", who.team().await);
        let invited = who.post(&path, json!({ "role": "viewer" })).await.expect(201);
        invited.text("link").split_once('#').unwrap().1.to_owned()
    };
    let sign_up = async |email: &str, secret: &str| {
        let body = json!({ "email": email, "password": PASSWORD, "invitation": secret });
        world.anonymous().post("/accounts", body).await
    };
    let (by_operator, by_ada) = (invite(&operator).await, invite(&ada).await);
    sign_up("bob@example.com", &by_ada).await.expect_problem(403, "forbidden");
    sign_up("bob@example.com", &by_operator).await.expect(204);
    sign_up("eve@example.com", &by_operator).await.expect_problem(403, "forbidden");
    let bob = world.sign_in("bob@example.com").await;
    bob.post("/invitations/accept", json!({ "secret": by_operator })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_admin_has_left_no_way_back() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let team = ada.team().await;
    let invitations = format!("/teams/{team}/invitations");
    let invited = ada.post(&invitations, json!({ "role": "admin" })).await.expect(201);
    let secret = json!({ "secret": invited.text("link").split_once('#').unwrap().1 });
    bob.post("/invitations/accept", secret).await.expect(200);
    let back = bob.post(&invitations, json!({ "role": "admin" })).await.expect(201);
    let back = json!({ "secret": back.text("link").split_once('#').unwrap().1 });
    let bob_id = bob.get("/me").await.text("id").to_owned();
    ada.delete(&format!("/teams/{team}/members/{bob_id}")).await.expect(204);
    bob.post("/invitations/accept", back).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_token_is_an_operators_only_when_it_says_so() {
    let world = World::new().await;
    let (operator, ada) = (world.operator().await, world.person("ada").await);
    let tokens = format!("/teams/{}/tokens", operator.team().await);
    let plain = json!({ "name": "ci", "scopes": ["read", "write", "admin", "source:write"] });
    let plain = operator.post(&tokens, plain).await.expect(201);
    let robot = operator.with_token(plain.text("secret"));
    robot.get("/admin/users").await.expect_problem(403, "forbidden");
    let own = json!({ "name": "ops", "scopes": ["installation"] });
    let made = operator.post(&tokens, own.clone()).await.expect(201);
    operator.with_token(made.text("secret")).get("/admin/users").await.expect(200);
    let others = format!("/teams/{}/tokens", ada.team().await);
    ada.post(&others, own).await.expect_problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_keeps_its_owner_whoever_changes_roles_meanwhile() {
    let world = World::new().await;
    let (ada, bob, eve) =
        (world.person("ada").await, world.person("bob").await, world.person("eve").await);
    let team =
        ada.post("/teams", json!({ "name": "Shared" })).await.expect(201).text("id").to_owned();
    for person in [&bob, &eve] {
        let invited =
            ada.post(&format!("/teams/{team}/invitations"), json!({ "role": "admin" })).await;
        let secret =
            json!({ "secret": invited.expect(201).text("link").split_once('#').unwrap().1 });
        person.post("/invitations/accept", secret).await.expect(200);
    }
    let bob_id = bob.get("/me").await.text("id").to_owned();
    let mut admin = connect(&world.database.superuser).await;
    for round in 0..6 {
        let (giver, id) = if round % 2 == 0 {
            (&ada, bob_id.clone())
        } else {
            (&bob, ada.get("/me").await.text("id").to_owned())
        };
        let transfer = format!("/teams/{team}/transfer");
        let give = giver.post(&transfer, json!({ "to": id }));
        let path = format!("/teams/{team}/members/{id}");
        let demote = eve.patch(&path, json!({ "role": "viewer" }));
        let (given, _) = futures_util::future::join(give, demote).await;
        given.expect(204);
        let owners: i64 = sqlx::query_scalar("SELECT count(*) FROM members WHERE role = 'owner' AND team_id::text = (SELECT id::text FROM teams WHERE name = 'Shared')")
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(owners, 1, "round {round}");
        // Both stay admins or owners for the next round.
        let back = giver.patch(&path, json!({ "role": "admin" })).await;
        assert!(back.status == 200 || back.status == 409, "{}", back.json);
    }
}
