//! What scripts see and answer.

use std::time::Duration;

use croft_functions::pool::PoolStatus;
use croft_model::function::Exceeded;
use croft_ports::function_invoker::{CallResponse, LogLevel, Outcome};

use crate::support::{LONG, call, call_with, pool, pool_with, text};

#[tokio::test]
async fn hello_world_by_params() {
    let pool = pool();
    let done = pool.run(call(1, r#""Hello, " + ctx.params.name + "!""#)).await;
    let Outcome::Returned(CallResponse { status, headers, body }) = done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert_eq!((status, &body[..]), (200, &b"Hello, Ada!"[..]));
    assert_eq!(headers, [("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())]);
}

#[tokio::test]
async fn a_script_sees_its_request() {
    let pool = pool();
    let all = r#"#{ method: ctx.method, host: ctx.host, path: ctx.path, params: ctx.params,
        tenant: ctx.host_params.tenant, query: ctx.query, all: ctx.query_all,
        headers: ctx.headers, json: ctx.json, length: ctx.body.len, bytes: ctx.body_blob.len,
        function: ctx.function, client: ctx.client,
        ids: ctx.project.starts_with("prj_") && ctx.request_id.starts_with("req_") }"#;
    let answer: serde_json::Value = serde_json::from_str(&pool.text(1, all).await).unwrap();
    let expected = serde_json::json!({
        "method": "POST", "host": "shop.test", "path": "/hello/Ada", "params": {"name": "Ada"},
        "tenant": "acme", "query": {"a": "2", "b": "x y"},
        "all": {"a": ["1", "2"], "b": ["x y"]}, "headers": {"accept": "a, b"},
        "json": {"n": [1, 2.5, null, "x"]}, "length": 26, "bytes": 26,
        "function": "greet", "client": "192.0.2.1", "ids": true,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn each_kind_of_value_is_an_answer() {
    let pool = pool();
    let json = "application/json";
    for (source, status, content_type, body) in [
        ("[1, true, ()]", 200, json, "[1,true,null]"),
        ("42", 200, json, "42"),
        ("let x = 1;", 204, "", ""),
        ("blob(2, 65)", 200, "application/octet-stream", "AA"),
        ("response(404, \"no\")", 404, "text/plain; charset=utf-8", "no"),
        ("response(201, #{a: 1}, #{\"Content-Type\": \"x/y\"})", 201, "x/y", r#"{"a":1}"#),
        ("response(503)", 503, "", ""),
        ("html(\"<p>\")", 200, "text/html; charset=utf-8", "<p>"),
        ("json(\"text\")", 200, json, "\"text\""),
        ("fn handle(ctx) { ctx.method }", 200, "text/plain; charset=utf-8", "POST"),
        ("const A = 2; fn handle(c) { global::A + 1 } 5", 200, json, "3"),
        (
            "json::stringify(json::parse(\"{\\\"a\\\":[]}\"))",
            200,
            "text/plain; charset=utf-8",
            "{\"a\":[]}",
        ),
        (
            "let s = \"ab\"; s.pad(5, \"xy\"); s.replace(\"a\", \"é\"); s",
            200,
            "text/plain; charset=utf-8",
            "ébxyx",
        ),
        ("let s = \"a\"; s.pad(9, \"\"); s", 200, "text/plain; charset=utf-8", "a"),
        ("if ctx.method == \"POST\" { return 1; } 2", 200, json, "1"),
        ("exit(7); 8", 200, json, "7"),
    ] {
        let done = pool.run(call(1, source)).await;
        let Outcome::Returned(response) = done.outcome else {
            panic!("{source}: {:?}", done.outcome)
        };
        let found = response.headers.iter().find(|(name, _)| name == "content-type");
        let found = found.map_or("", |(_, value)| value);
        let answer = (response.status, found, std::str::from_utf8(&response.body).unwrap());
        assert_eq!(answer, (status, content_type, body), "{source}");
    }
}

#[tokio::test]
async fn a_comparer_orders_an_array_or_its_error_leaves_it() {
    let pool = pool();
    for (source, answer) in [
        ("let a = [3, 1, 2]; a.sort(|x, y| x - y); a", "[1,2,3]"),
        ("let a = [3, 1, 2]; a.sort_by(|x, y| y <= x); a", "[3,2,1]"),
        (
            "let a = [[2, 1], [1, 2], [2, 3], [1, 4]]; a.sort(|x, y| x[0] - y[0]); a",
            "[[1,2],[1,4],[2,1],[2,3]]",
        ),
        ("let a = []; a.sort(|x, y| x - y); a", "[]"),
        (
            "let a = []; for i in 0..999 { a.push((i * 7919) % 999) } a.sort(|x, y| x - y);
          let good = true; for (x, i) in a { good = good && x == i } good",
            "true",
        ),
        ("let a = [1, 2, 2, 3, 1]; a.dedup(|x, y| x == y); a", "[1,2,3,1]"),
        ("let a = [2, 1]; try { a.sort(|x, y| { throw \"no\" }) } catch {} a", "[2,1]"),
        ("let a = [2, 1]; try { a.dedup(|x, y| { throw \"no\" }) } catch {} a", "[2,1]"),
        ("let a = [2, 1]; try { a.sort(|x, y| \"?\") } catch { a.push(3) } a", "[2,1,3]"),
        ("let a = [2, 1, 3]; a.sort(); a", "[1,2,3]"),
    ] {
        assert_eq!(pool.text(1, source).await, answer, "{source}");
    }
}

#[tokio::test]
async fn headers_are_set_in_order_and_cannot_split_the_response() {
    let pool = pool();
    let source = r#"let r = redirect("/a"); r.header("X-A", "1"); r.header("x-a", "2"); r"#;
    let Outcome::Returned(response) = pool.run(call(1, source)).await.outcome else { panic!() };
    let own = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    assert_eq!(response.status, 302);
    assert_eq!(response.headers, [own("location", "/a"), own("x-a", "1"), own("x-a", "2")]);
    for (name, value) in [("x", "a\\r\\nb: c"), ("a b", "c"), ("Content-Length", "1")] {
        let source = format!(r#"response(200).header("{name}", "{value}")"#);
        let outcome = pool.run(call(1, &source)).await.outcome;
        assert!(matches!(outcome, Outcome::Threw(_)), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_is_logged_comes_with_the_answer() {
    let pool = pool();
    let source = r#"print("a"); debug("b"); log::warn(#{x: 1}); log::error("d"); throw "e""#;
    let done = pool.run(call(1, source)).await;
    let lines: Vec<_> = done.log.iter().map(|l| (l.level, l.text.as_str())).collect();
    let (info, debug) = (LogLevel::Info, LogLevel::Debug);
    let expected =
        [(info, "a"), (debug, "\"b\""), (LogLevel::Warn, "#{\"x\": 1}"), (LogLevel::Error, "d")];
    assert_eq!(lines, expected);
    let done = pool.run(call(1, "for i in 0..5000 { print(i) }")).await;
    assert_eq!(done.log.len(), 101);
    assert!(done.log[100].text.starts_with("4900 more lines"), "{:?}", done.log[100]);
}

#[tokio::test]
async fn an_answer_keeps_to_its_size() {
    let pool = pool();
    let source = r#"let s = ""; s.pad(2000, "x"); s"#;
    let small = |call: &mut croft_ports::function_invoker::Call| call.budget.response_bytes = 1999;
    let outcome = pool.run(call_with(1, source, small)).await.outcome;
    assert_eq!(outcome, Outcome::Exceeded(Exceeded::Size));
    assert_eq!(text(&pool.run(call(1, source)).await).len(), 2000);
}

#[tokio::test]
async fn a_source_is_sent_once_to_a_process() {
    let pool = pool();
    for _ in 0..5 {
        assert_eq!(pool.text(1, "1 + 1").await, "2");
    }
    assert_eq!(pool.text(1, "1 + 2").await, "3");
    assert_eq!(pool.status().sent.sources, 2);
    // A process keeps 64 scripts; when it was made to forget the first, it asks for it.
    for n in 0..64 {
        assert_eq!(pool.text(1, &format!("1000 + {n}")).await, (1000 + n).to_string());
    }
    assert_eq!(pool.status().sent.sources, 66);
    assert_eq!(pool.text(1, "1 + 1").await, "2");
    assert_eq!(pool.status().sent.sources, 67);
}

#[tokio::test]
async fn a_drained_pool_finishes_its_calls_and_takes_no_more() {
    let pool = pool();
    let slow = pool.begin(call(1, "sleep(0.3); \"late\""));
    pool.until(|s| s.processes.iter().any(|p| p.running == 1)).await;
    let draining = tokio::spawn({
        let pool = pool.clone();
        async move { pool.drain(LONG).await }
    });
    let refused = loop {
        match pool.run(call(2, "1")).await.outcome {
            Outcome::Returned(_) => tokio::task::yield_now().await,
            other => break other,
        }
    };
    assert!(
        matches!(&refused, Outcome::Unavailable(why) if why.contains("stopping")),
        "{refused:?}"
    );
    assert_eq!(text(&slow.await.unwrap()), "late");
    draining.await.unwrap();
    let empty = PoolStatus { processes: Vec::new(), waiting: 0, sent: pool.status().sent };
    assert_eq!(pool.status(), empty);
}

#[tokio::test]
async fn a_pool_that_cannot_start_says_why() {
    let pool = pool_with(|s| s.program = "/nowhere/croft".into());
    let outcome = pool.run(call(1, "1")).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Unavailable(why) if why.contains("/nowhere/croft")),
        "{outcome:?}"
    );
    if rustix::process::geteuid().is_root() {
        let pool = pool_with(|s| s.first_user = None);
        let outcome = pool.run(call(1, "1")).await.outcome;
        assert!(
            matches!(&outcome, Outcome::Unavailable(why) if why.contains("root")),
            "{outcome:?}"
        );
    }
    pool.drain(Duration::from_secs(1)).await;
}
