//! What a function is given, and what becomes of what it answers.

use std::sync::Arc;

use croft_model::function::{Exceeded, OutcomeKind};
use croft_ports::function_invoker::{Outcome, ScriptError};

use tokio::sync::Notify;

use crate::world::{APP, World, body, header, returned, status};

const BROWSER: &str = "Accept: text/html,*/*;q=0.8\r\n";

/// A world whose function always ends like that.
async fn ending(outcome: Outcome) -> World {
    World::script(move |_| {
        let outcome = outcome.clone();
        Box::pin(async move { outcome })
    })
    .await
}

#[tokio::test]
async fn a_function_sees_the_request_without_what_is_crofts() {
    let world = World::plain().await;
    let more = "X-Mine: 1\r\nCroft-Signature: forged\r\ncroft-cron: forged\r\n\
        Cookie: a=1; __Host-croft=secret; b=2\r\nCookie: __host-croft-preview=secret\r\n\
        X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n\
        X-Real-IP: 6.6.6.6\r\nTE: trailers\r\nProxy-Authorization: x\r\nX-Hop: 1\r\n\
        Connection: x-hop\r\nX-Mine: 2\r\nX-Bytes: \u{ff}\r\n";
    assert_eq!(status(&world.ask("GET", APP, "/hello/x", more).await), 200);
    let request = world.last_request();
    let fields: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        fields,
        [
            format!("host: {APP}").as_str(),
            "x-mine: 1",
            "x-mine: 2",
            "cookie: a=1; b=2",
            "x-bytes: \u{ff}",
            "x-forwarded-proto: http",
        ]
    );
    assert_eq!(request.client.to_string(), "127.0.0.1");
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/hello/x"));
}

#[tokio::test]
async fn an_answer_is_sent_without_what_is_not_the_functions_to_say() {
    let fields = [
        ("content-type", "text/html"),
        ("croft-request-id", "forged"),
        ("content-length", "3"),
        ("transfer-encoding", "chunked"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("set-cookie", "a=1; Domain=apps.example.net; Path=/"),
        ("set-cookie", "b=2; HttpOnly"),
        ("set-cookie", "__Host-croft=forged; Path=/; Secure"),
        ("x-split", "a\r\nx-injected: 1"),
    ];
    let world = ending(returned(201, &fields, "hello")).await;
    let answer = world.get(APP, "/any").await;
    assert_eq!((status(&answer), body(&answer)), (201, "hello"));
    assert_eq!(header(&answer, "content-length"), Some("5"));
    assert_eq!(header(&answer, "content-type"), Some("text/html"));
    let cookies: Vec<&str> = answer.lines().filter(|l| l.starts_with("set-cookie")).collect();
    assert_eq!(cookies, ["set-cookie: a=1; Path=/", "set-cookie: b=2; HttpOnly"]);
    for absent in ["forged", "x-hop", "injected", "transfer-encoding", "Domain"] {
        assert!(!answer.contains(absent), "{absent} in {answer}");
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let world = World::plain().await;
    let get = world.get(APP, "/hello/x").await;
    let head = world.ask("HEAD", APP, "/hello/x", "").await;
    assert_eq!((status(&head), body(&head)), (200, ""));
    // The echo says HEAD instead of GET: one byte more.
    let length = body(&get).len() + 1;
    assert_eq!(header(&head, "content-length"), Some(length.to_string().as_str()));
    let missing = world.ask("HEAD", APP, "/nothing", "").await;
    assert_eq!((status(&missing), body(&missing)), (404, ""));
    assert_ne!(header(&missing, "content-length"), Some("0"));
}

#[tokio::test]
async fn statuses_without_a_body_have_none() {
    for code in [204, 205, 304] {
        let world = ending(returned(code, &[], "surprise")).await;
        let answer = world.get(APP, "/any").await;
        assert_eq!((status(&answer), body(&answer)), (code, ""));
    }
}

#[tokio::test]
async fn how_a_call_ends_is_told_without_details_and_written_down_with_them() {
    let threw = ScriptError { line: Some(3), column: Some(5), ..ScriptError::of("SECRET in line") };
    let table = [
        (Outcome::Threw(threw), 500, OutcomeKind::Threw, "SECRET in line (line 3, column 5)"),
        (
            Outcome::Exceeded(Exceeded::Time),
            504,
            OutcomeKind::Exceeded,
            "the call did not end within its 10000 ms",
        ),
        (
            Outcome::Exceeded(Exceeded::Memory),
            500,
            OutcomeKind::Exceeded,
            "the call held too much memory",
        ),
        (
            Outcome::Denied("SECRET".into()),
            500,
            OutcomeKind::Denied,
            "the function may not use SECRET",
        ),
        (
            Outcome::Unavailable("SECRET".into()),
            503,
            OutcomeKind::Unavailable,
            "Croft could not run the function",
        ),
        (
            returned(99, &[], "SECRET"),
            500,
            OutcomeKind::Threw,
            "the answer's status must be 200 to 599",
        ),
        (
            returned(200, &[("x-a", "b"); 200], "SECRET"),
            500,
            OutcomeKind::Threw,
            "the answer has more than 128 header fields or 64 KiB of them",
        ),
    ];
    for (outcome, code, kind, error) in table {
        let world = ending(outcome).await;
        let answer = world.get(APP, "/any?q=1").await;
        assert_eq!(status(&answer), code, "{answer}");
        let page = world.ask("GET", APP, "/any", BROWSER).await;
        assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
        let id = header(&answer, "croft-request-id").unwrap();
        assert!(body(&answer).contains(id), "{answer}");
        assert!(!answer.contains("SECRET") && !page.contains("SECRET"), "{answer}{page}");
        let retry = (code == 503).then_some("1");
        assert_eq!(header(&answer, "retry-after"), retry);
        let calls = world.logged(2).await;
        assert_eq!((calls.len(), calls[0].request.to_string().as_str()), (2, id));
        assert_eq!((calls[0].status, calls[0].outcome), (code, kind));
        assert_eq!(calls[0].error.as_ref().unwrap().to_string(), error);
        assert_eq!((calls[0].method.as_str(), calls[0].path.as_str()), ("GET", "/any"));
    }
}

#[tokio::test]
async fn a_call_that_ends_well_is_written_down_once() {
    let world = World::plain().await;
    let long = format!("/hello/{}", "ü".repeat(400));
    let long = long.replace('ü', "%C3%BC");
    assert_eq!(status(&world.get(APP, &long).await), 200);
    let calls = world.logged(1).await;
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].status, calls[0].outcome), (200, OutcomeKind::Returned));
    assert_eq!((calls[0].path.len(), calls[0].duration_us), (512, 7));
    assert_eq!(calls[0].error, None);
}

/// On HTTP/1.1 nobody can tell who has gone from who has said all and listens: the call goes on. On
/// HTTP/2 it is told, and the call ends (`frames.rs`).
#[tokio::test]
async fn a_call_whose_client_goes_away_is_written_down_as_it_ends() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let world = World::script(move |_| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            gate.notified().await;
            returned(200, &[], "late")
        })
    })
    .await;
    let mut wire = world.connect().await;
    wire.send(&format!("GET /any HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await;
    crate::world::until("the call is made", || !world.seen.lock().unwrap().is_empty()).await;
    drop(wire);
    go.notify_one();
    let calls = world.logged(1).await;
    assert_eq!((calls.len(), calls[0].status, calls[0].outcome), (1, 200, OutcomeKind::Returned));
}

#[tokio::test]
async fn a_panic_is_a_plain_500_and_others_go_on() {
    let world = World::script(|_| panic!("SECRET, planted")).await;
    let function = world.get(APP, "/any").await;
    let control = world.get("croft.example.com", "/panic").await;
    for answer in [&function, &control] {
        assert_eq!(status(answer), 500);
        assert!(answer.contains("\"code\":\"internal\"") && !answer.contains("SECRET"), "{answer}");
    }
    assert_eq!(status(&world.get("croft.example.com", "/").await), 200);
    assert_eq!(world.logged(1).await.len(), 1, "the call is counted all the same");
}
