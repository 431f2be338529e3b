//! The invocation log on a real Postgres: all is counted, some is listed, nothing grows beyond its
//! budget, and who may not see it does not.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration as Wait, Instant},
};

use bytes::Bytes;
use croft_api::{RequestContext, Via};
use croft_model::{
    due::DueKind,
    function::{LogLevel, OutcomeKind, Trigger},
    id::{FunctionId, InvocationId, ProjectId, TeamId},
};
use croft_ports::{
    function_invoker::{LogLine, ScriptError, StackFrame},
    invocation_log::{Invocation, InvocationLog},
};
use croft_store::{
    Purpose,
    sink::{Sink, Writer, invocation_log},
};
use croft_tests::{Person, World, postgres::connect};
use http::Request;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// How long something may take to be seen.
const PATIENCE: Wait = Wait::from_secs(30);

/// A project with a function, and who may what in it.
struct Scene<'w> {
    world: &'w World,
    owner: Person<'w>,
    team: TeamId,
    project: ProjectId,
    function: FunctionId,
}

impl<'w> Scene<'w> {
    async fn new(world: &'w World) -> Self {
        let owner = world.person("owner").await;
        let team = owner.post("/teams", json!({ "name": "Shop" })).await.expect(201);
        let team: TeamId = team.text("id").parse().unwrap();
        let body = json!({ "name": "Shop", "team_id": team });
        let project = owner.post("/projects", body).await.expect(201).text("id").parse().unwrap();
        let mut scene = Self { world, owner, team, project, function: world.app.id() };
        scene.function = scene.deploy("cart").await;
        scene
    }

    async fn deploy(&self, name: &str) -> FunctionId {
        let path = format!("/projects/{}/functions/{name}", self.project);
        let body = json!({ "source": "1" });
        self.owner.put(&path, body).await.expect(200).text("id").parse().unwrap()
    }

    /// A sink and its writer at work.
    fn log(&self) -> (Sink, tokio::task::JoinHandle<()>) {
        let (sink, writer) = self.writer();
        (sink, tokio::spawn(writer.run()))
    }

    fn writer(&self) -> (Sink, Writer) {
        let store = Arc::new(self.world.app.store.clone().into());
        let entropy = &*self.world.app.entropy;
        invocation_log(store, Arc::new(self.world.clock.clone()), entropy)
    }

    /// A call that comes in now.
    fn call(&self) -> Invocation {
        Invocation {
            team: self.team,
            project: self.project,
            function: self.function,
            request: self.world.app.id(),
            trigger: Trigger::Http,
            at: self.world.app.now(),
            method: "GET".into(),
            path: "/cart".into(),
            status: 200,
            outcome: OutcomeKind::Returned,
            duration_us: 1000,
            error: None,
            log: Vec::new(),
        }
    }

    fn failed(&self) -> Invocation {
        let error = Some(ScriptError::of("no"));
        Invocation { status: 500, outcome: OutcomeKind::Threw, error, ..self.call() }
    }

    /// Records calls, and waits until they are written.
    async fn write(&self, calls: impl IntoIterator<Item = Invocation>) {
        let (sink, writer) = self.log();
        calls.into_iter().for_each(|call| sink.record(call));
        drop(sink);
        writer.await.unwrap();
    }

    async fn listed(&self, query: &str) -> Value {
        let path = format!("/projects/{}/invocations?{query}", self.project);
        self.owner.get(&path).await.expect(200).json
    }

    async fn counted(&self, query: &str) -> Value {
        let path = format!("/projects/{}/invocations/counts?{query}", self.project);
        self.owner.get(&path).await.expect(200).json
    }

    /// Lets so much time pass, and the clean-up do its work.
    async fn clean_up_after(&self, time: Duration) {
        self.world.clock.advance(time);
        let mut tx = self.world.app.store.system(Purpose::Reconcile).await.unwrap();
        tx.set_due(DueKind::Cleanup, Uuid::nil(), None, self.world.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.world.drain().await;
    }

    async fn sql(&self, query: &str) -> i64 {
        let mut admin = connect(&self.world.database.superuser).await;
        let query = AssertSqlSafe(query.to_owned());
        sqlx::query_scalar(query).fetch_one(&mut admin).await.unwrap()
    }

    async fn join(&self, name: &str, role: &str) -> Person<'w> {
        let email = format!("{name}@example.com");
        let invite = json!({ "role": role, "email": email });
        let path = format!("/teams/{}/invitations", self.team);
        let invited = self.owner.post(&path, invite).await.expect(201);
        let secret = invited.text("link").rsplit_once('#').unwrap().1.to_owned();
        let person = self.world.person(name).await;
        person.post("/invitations/accept", json!({ "secret": secret })).await.expect(200);
        person
    }
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_and_what_is_counted() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let begin = world.app.now();
    let frame = StackFrame { function: "total\0".into(), line: Some(3), column: None };
    let error = ScriptError {
        message: "no such item\0".into(),
        line: Some(7),
        column: Some(2),
        stack: vec![frame],
    };
    let log = vec![LogLine { level: LogLevel::Warn, text: "two words \0 here".into() }];
    let threw = Invocation { error: Some(error), log, duration_us: 90_000, ..scene.failed() };
    let missing = Invocation { status: 404, trigger: Trigger::Test, ..scene.call() };
    let other = Invocation { function: scene.deploy("other").await, ..scene.call() };
    let late = Invocation { at: begin + Duration::minutes(1), ..scene.call() };
    scene.write([scene.call(), threw, missing, other, late]).await;

    let page = scene.listed("outcome=threw").await;
    let call = &items(&page)[0];
    assert_eq!(call["error"]["message"], "no such item\u{FFFD}");
    assert_eq!((&call["error"]["line"], &call["error"]["column"]), (&json!(7), &json!(2)));
    assert_eq!(call["error"]["stack"], json!([{ "function": "total\u{FFFD}", "line": 3 }]));
    assert_eq!(call["log"], json!([{ "level": "warn", "text": "two words \u{FFFD} here" }]));
    assert_eq!((&page["left_out"], &page["gaps"]), (&json!(0), &json!([])));
    let later = rfc3339(begin + Duration::seconds(1));
    for (query, found) in [
        (String::new(), 5),
        ("function=cart".into(), 4),
        ("status=404".into(), 1),
        ("status=4xx".into(), 1),
        ("status=2xx&function=other".into(), 1),
        ("trigger=test".into(), 1),
        (format!("since={later}"), 1),
        (format!("until={later}"), 4),
    ] {
        assert_eq!(items(&scene.listed(&query).await).len(), found, "{query}");
    }

    let until = format!("until={}", rfc3339(begin + Duration::minutes(1)));
    let counts = scene.counted(&format!("{until}&function=cart")).await;
    let steps = items(&counts);
    assert_eq!(steps.len(), 2, "{counts}");
    assert_eq!((&steps[0]["calls"], &steps[1]["calls"]), (&json!(3), &json!(1)));
    assert_eq!(steps[0]["duration_us"], 92_000);
    let p99 = steps[0]["p99_us"].as_u64().unwrap();
    assert!(p99.abs_diff(90_000) < 90_000 / 8, "{p99}");
    let hours = scene.counted(&format!("{until}&step=hour")).await;
    assert_eq!(items(&hours)[0]["calls"], 5);
    let all = scene.counted(&until).await;
    assert_eq!(
        items(&all)[0]["outcomes"][1],
        json!({ "outcome": "threw", "calls": 1, "left_out": 0, "duration_us": 90_000 })
    );

    let project = scene.project;
    let wrong = ["status=7xx", "since=now", "after=1", "limit=0", "outcome=fine", "trigger=x"];
    for query in wrong {
        let answer = scene.owner.get(&format!("/projects/{project}/invocations?{query}")).await;
        answer.expect_problem(422, "invalid");
    }
    let path = format!("/projects/{project}/invocations?function=gone");
    scene.owner.get(&path).await.expect_problem(404, "not_found");
    let path = format!("/projects/{project}/invocations/counts?since=2000-01-01T00:00:00Z");
    scene.owner.get(&path).await.expect_problem(422, "invalid");
    let viewer = scene.join("viewer", "viewer").await;
    viewer.get(&format!("/projects/{project}/invocations")).await.expect(403);
    viewer.get(&format!("/projects/{project}/invocations/counts")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_are_alike_some_are_listed_and_the_rest_is_a_number() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let (sink, writer) = scene.log();
    for _ in 0..1000 {
        sink.record(scene.call());
    }
    for _ in 0..50 {
        sink.record(scene.failed());
    }
    drop(sink);
    writer.await.unwrap();
    let all = scene.listed("limit=200").await;
    let rows = items(&all).len() as u64;
    assert!(rows < 100, "{rows}");
    assert_eq!(all["left_out"], 1050 - rows);
    let failures = scene.listed("limit=200&outcome=threw").await;
    let rows = items(&failures).len() as u64;
    assert!((20..30).contains(&rows), "{rows}");
    assert_eq!(failures["left_out"], 50 - rows);
    let counts = scene.counted("").await;
    assert_eq!(items(&counts)[0]["calls"], 1050);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_in_the_order_of_writing_also_when_the_clock_goes_back() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    for path in 0..6 {
        let path = format!("/{path}");
        scene.write([Invocation { path, ..scene.call() }]).await;
        world.clock.advance(Duration::minutes(-10));
    }
    let (mut query, mut paths) = ("limit=2".to_owned(), Vec::new());
    loop {
        let page = scene.listed(&query).await;
        paths.extend(items(&page).iter().map(|call| call["path"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=2&after={next}");
    }
    assert_eq!(paths, ["/5", "/4", "/3", "/2", "/1", "/0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stay_within_their_budget() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let operator = world.operator().await;
    let limits = format!("/admin/teams/{}/limits", scene.team);
    let set = async |bytes: u64| {
        let body = json!({ "limits": { "invocation_log_bytes": bytes } });
        operator.patch(&limits, body).await.expect(200);
    };
    let kept =
        "SELECT (max(written_bytes) - min(position))::bigint FROM invocations, invocation_streams";
    set(40_000).await;
    for round in 0..10 {
        let path = format!("/{}", "x".repeat(round * 50));
        let calls = (0..20).map(|_| Invocation { path: path.clone(), ..scene.failed() });
        scene.write(calls).await;
        let bytes = scene.sql(kept).await;
        assert!(bytes <= 40_000, "{bytes} after round {round}");
    }
    let bytes = scene.sql(kept).await;
    assert!(bytes > 38_000, "no more than needed is removed: {bytes}");
    let newest = scene.listed("limit=1").await;
    assert_eq!(items(&newest)[0]["path"].as_str().unwrap().len(), 451);
    let calls = scene.sql("SELECT sum(calls)::bigint FROM invocation_counts").await;
    assert_eq!(calls, 200, "what is removed stays counted");

    set(10_000).await;
    scene.clean_up_after(Duration::HOUR).await;
    let bytes = scene.sql(kept).await;
    assert!((8_000..=10_000).contains(&bytes), "{bytes} with a smaller budget and no new call");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_holds_nothing_up() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let other = scene.deploy("other").await;
    let (sink, writer) = scene.writer();
    sink.record(scene.call());
    sink.record(Invocation { function: other, ..scene.call() });
    sink.record(Invocation { project: world.app.id(), function: world.app.id(), ..scene.call() });
    let path = format!("/projects/{}/functions/other", scene.project);
    scene.owner.delete(&path).await.expect(204);
    drop(sink);
    writer.run().await;
    assert_eq!(items(&scene.listed("").await).len(), 1);
    assert_eq!(items(&scene.counted("").await)[0]["calls"], 1);
    // Nor does the log hold up what removes it.
    scene.owner.delete(&format!("/teams/{}", scene.team)).await.expect(204);
    assert_eq!(scene.sql("SELECT count(*) FROM invocation_counts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn minutes_become_hours_and_hours_end() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let begin = world.app.now();
    let calls = (0..130).map(|minute| {
        let at = begin + Duration::minutes(minute);
        let duration_us = if minute < 65 { 1000 } else { 64_000 };
        Invocation { at, duration_us, ..scene.call() }
    });
    scene.write(calls).await;
    let query = format!("since={}&until={}", rfc3339(begin), rfc3339(begin + Duration::hours(3)));
    let by_hour = scene.counted(&format!("{query}&step=hour")).await;
    assert_eq!(items(&scene.counted(&query).await).len(), 130);
    scene.clean_up_after(Duration::days(8)).await;
    assert_eq!(items(&scene.listed("").await).len(), 0, "rows are kept a week");
    let merged = scene.counted(&query).await;
    assert_eq!(items(&merged).len(), 3, "{merged}");
    let again = scene.counted(&format!("{query}&step=hour")).await;
    assert_eq!(again["items"], by_hour["items"]);
    let calls: Vec<_> = items(&again).iter().map(|step| step["calls"].as_u64().unwrap()).collect();
    assert_eq!(calls, [60, 60, 10]);
    scene.clean_up_after(Duration::days(83)).await;
    assert_eq!(scene.sql("SELECT count(*) FROM invocation_counts").await, 0);
    assert_eq!(scene.sql("SELECT count(*) FROM invocation_writers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_warning_is_named() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let (sink, writer) = scene.log();
    sink.record(scene.call());
    until_listed(&scene, 1).await;
    let ended = world.app.now();
    // Killed: nobody writes what is recorded now.
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    sink.record(scene.call());
    assert_eq!(scene.listed("").await["gaps"], json!([]), "nobody has come to see it yet");
    world.clock.advance(Duration::minutes(2));
    let back = world.app.now();
    scene.write([scene.call()]).await;
    let gaps = json!([{ "since": rfc3339(ended), "until": rfc3339(back) }]);
    assert_eq!(scene.listed("").await["gaps"], gaps);
    assert_eq!(scene.counted("").await["gaps"], gaps);
    let before = format!("until={}", rfc3339(ended - Duration::minutes(1)));
    assert_eq!(scene.listed(&before).await["gaps"], json!([]));
    // The one that came then ended in order.
    world.clock.advance(Duration::minutes(2));
    scene.write([scene.call()]).await;
    assert_eq!(scene.listed("").await["gaps"], gaps);
}

async fn until_listed(scene: &Scene<'_>, calls: usize) {
    let deadline = Instant::now() + PATIENCE;
    while items(&scene.listed("").await).len() < calls {
        assert!(Instant::now() < deadline, "the calls are not listed");
        tokio::time::sleep(Wait::from_millis(20)).await;
    }
}

/// A stream of calls, read as it comes.
struct Reader {
    body: UnsyncBoxBody<Bytes, String>,
    text: String,
}

impl Reader {
    async fn open(scene: &Scene<'_>, person: &Person<'_>, query: &str) -> Self {
        let path = format!("/api/v1/projects/{}/invocations?follow=true{query}", scene.project);
        let token = format!("Bearer {}", person.token.as_deref().unwrap());
        let request = Request::get(path).header("authorization", token);
        let context = RequestContext {
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request: scene.world.app.id(),
            via: Via::ControlHost,
        };
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let answer = scene.world.service.answer(request, context).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            body: answer.into_body().map_err(|e| e.into().to_string()).boxed_unsync(),
            text: String::new(),
        }
    }

    /// The next block that is no sign of life; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if !block.starts_with(':') {
                    return Some(block);
                }
                continue;
            }
            let frame = tokio::time::timeout_at(deadline, self.body.frame()).await.unwrap()?;
            let Ok(frame) = frame else { panic!("the stream broke") };
            self.text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        }
    }

    async fn next_call(&mut self) -> Value {
        let block = self.next().await.unwrap();
        let data = block.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let call: Value = serde_json::from_str(data).unwrap();
        assert!(block.contains(&format!("id: {}", call["id"].as_str().unwrap())), "{block}");
        assert!(block.contains("event: invocation"), "{block}");
        call
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_followed_without_a_gap_and_as_long_as_one_may() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    scene.write([scene.call()]).await;
    let developer = scene.join("developer", "developer").await;
    let mut stream = Reader::open(&scene, &developer, "&outcome=threw").await;
    let begin = stream.next().await.unwrap();
    let begin: InvocationId = begin.strip_prefix("id: ").unwrap().parse().unwrap();
    let threw = |path: &str| Invocation { path: path.into(), ..scene.failed() };
    scene.write([threw("/a"), scene.call(), threw("/b")]).await;
    assert_eq!(stream.next_call().await["path"], "/a");
    let second = stream.next_call().await;
    assert_eq!(second["path"], "/b");
    // Whoever saw nothing but the beginning takes up there, whoever saw one after that.
    let mut again = Reader::open(&scene, &developer, &format!("&after={begin}")).await;
    again.next().await.unwrap();
    for path in ["/a", "/cart", "/b"] {
        assert_eq!(again.next_call().await["path"], path);
    }
    scene.write([threw("/c")]).await;
    assert_eq!(again.next_call().await["path"], "/c");
    assert_eq!(stream.next_call().await["path"], "/c");

    let me = developer.get("/me").await.expect(200);
    let member = format!("/teams/{}/members/{}", scene.team, me.text("id"));
    let removed = Instant::now();
    scene.owner.delete(&member).await.expect(204);
    assert_eq!((stream.next().await, again.next().await), (None, None));
    println!("streams of a removed member ended after {:?}", removed.elapsed());
}
