//! HTTP/1.1 as its documents have it, byte for byte. `docs/reference/http.md` is the table of what
//! happens; what other files here test already is named there.

use std::{sync::Arc, time::Duration};

use tokio::{io::AsyncWriteExt, sync::Notify};

use crate::world::{APP, World, body, echo, header, returned, settings, snapshot, status, until};

async fn echoing(edit: impl FnOnce(&mut croft_edge::EdgeLimits)) -> World {
    let mut settings = settings();
    edit(&mut settings.limits);
    let routes = snapshot(&[(APP, 1)], &[(1, "* /"), (1, "GET /get"), (1, "* /:x")]);
    World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await
}

/// A request that could not be meant: what it asks is never called.
fn smuggled() -> String {
    format!("GET /smuggled HTTP/1.1\r\nHost: {APP}\r\n\r\n")
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\n\r\n")
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count() + text.matches("HTTP/1.0 ").count()
}

/// Sends the bytes, half-closes, and returns all that comes back: nothing is left waiting.
async fn exchange(world: &World, bytes: &str) -> String {
    let mut wire = world.connect().await;
    wire.send(bytes).await;
    // A server that closed first makes this fail.
    let _ = wire.0.shutdown().await;
    wire.rest().await
}

fn was_smuggled(world: &World) -> bool {
    world.seen.lock().unwrap().iter().any(|call| call.path.contains("smuggled"))
}

// Connections

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let world = echoing(|_| {}).await;
    let answer = world.raw(&format!("GET /get HTTP/1.0\r\nHost: {APP}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    assert!(header(&answer, "content-length").is_some(), "{answer}");
}

#[tokio::test]
async fn http_1_0_that_asks_to_stay_stays() {
    let world = echoing(|_| {}).await;
    let mut wire = world.connect().await;
    for _ in 0..2 {
        wire.send(&format!("GET /get HTTP/1.0\r\nHost: {APP}\r\nConnection: keep-alive\r\n\r\n"))
            .await;
        let answer = wire.answer().await;
        assert_eq!((status(&answer), header(&answer, "connection")), (200, Some("keep-alive")));
    }
}

#[tokio::test]
async fn http_1_1_that_asks_to_close_is_closed_whatever_follows() {
    let world = echoing(|_| {}).await;
    let close = format!("GET /get HTTP/1.1\r\nHost: {APP}\r\nConnection: x, Close\r\n\r\n");
    let answer = world.raw(&format!("{close}{}", smuggled())).await;
    assert_eq!((answers(&answer), header(&answer, "connection")), (1, Some("close")), "{answer}");
    assert!(!was_smuggled(&world));
}

#[tokio::test]
async fn pipelined_answers_keep_the_order_of_their_requests() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /:x")]);
    let world = World::with(settings(), routes, move |call| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            if call.request.path == "/slow" {
                gate.notified().await;
            }
            echo(&call)
        })
    })
    .await;
    let mut wire = world.connect().await;
    wire.send(&[get("/slow"), get("/quick"), get("/last")].concat()).await;
    until("the slow one is called", || !world.seen.lock().unwrap().is_empty()).await;
    go.notify_one();
    for path in ["slow", "quick", "last"] {
        let answer = wire.answer().await;
        assert!(body(&answer).contains(&format!("(\"x\", \"{path}\")")), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_has_said_all_still_gets_its_answer() {
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
    wire.send(&get("/any")).await;
    wire.0.shutdown().await.unwrap();
    until("the call is made", || !world.seen.lock().unwrap().is_empty()).await;
    // Long enough that the server has seen the end.
    until("a moment passed", crate::world::after(50)).await;
    go.notify_one();
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("late"), "{answer}");
}

#[tokio::test]
async fn a_body_that_ends_with_the_connection_is_no_body() {
    let world = echoing(|_| {}).await;
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\n");
    for short in ["Content-Length: 5\r\n\r\nhe", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"]
    {
        let answer = exchange(&world, &format!("{head}{short}")).await;
        assert!(answer.is_empty() || status(&answer) == 400, "{short}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn empty_lines_before_a_request_are_passed_over() {
    let world = echoing(|_| {}).await;
    let answer = exchange(&world, &format!("\r\n\r\n{}", get("/get"))).await;
    assert_eq!((answers(&answer), status(&answer)), (1, 200), "{answer}");
}

// Bodies

#[tokio::test]
async fn a_chunk_line_has_a_size() {
    let world = echoing(|_| {}).await;
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let long = "x".repeat(20_000);
    for bad in [
        format!("5;{long}\r\nhello\r\n0\r\n\r\n"),
        format!("0\r\nx-trailer: {long}\r\n\r\n"),
        format!("0\r\n{}\r\n", "x-trailer: 1\r\n".repeat(1000)),
    ] {
        let answer = exchange(&world, &format!("{head}{bad}{}", smuggled())).await;
        assert!(answers(&answer) <= 1, "{bad:.40}: {answer}");
        assert!(answer.is_empty() || status(&answer) == 400, "{bad:.40}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn chunks_are_read_to_the_letter() {
    let world = echoing(|_| {}).await;
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nTransfer-Encoding: chunked\r\n\r\n");
    for bad in [
        "5\nhello\n0\n\n",
        "5\r\nhello0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "5;a=\n\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nno-colon\r\n\r\n",
        "5\r\nhello\r\n10000000000000005\r\n\r\n",
    ] {
        let answer = exchange(&world, &format!("{head}{bad}{}", smuggled())).await;
        assert!(answers(&answer) <= 1, "{bad:?}: {answer}");
        assert!(answer.is_empty() || status(&answer) == 400, "{bad:?}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn trailers_are_taken_and_belong_to_nobody() {
    let world = echoing(|_| {}).await;
    let chunked = "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2;a=\"b\"\r\nhi\r\n0\r\n\
        X-T: 1\r\nContent-Length: 9\r\nHost: other.test\r\n\r\n";
    let bytes = format!("POST / HTTP/1.1\r\nHost: {APP}\r\n{chunked}{}", get("/get"));
    let mut wire = world.connect().await;
    wire.send(&bytes).await;
    assert!(wire.answer().await.ends_with("body=hi"));
    assert_eq!(status(&wire.answer().await), 200, "the next request begins after them");
    let calls = world.seen.lock().unwrap();
    assert!(!calls[0].headers.iter().any(|(n, v)| n.contains("x-t") || v.contains("other")));
}

#[tokio::test]
async fn who_expects_what_nobody_offers_is_answered_all_the_same() {
    let world = echoing(|_| {}).await;
    let post = |version: &str, expect: &str| {
        format!(
            "POST / HTTP/{version}\r\nHost: {APP}\r\nExpect: {expect}\r\nContent-Length: 5\r\n\
             Connection: close\r\n\r\nhello"
        )
    };
    for request in [post("1.1", "200-ok"), post("1.0", "100-continue")] {
        let answer = world.raw(&request).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 200), "{answer}");
        assert!(!world.last_request().headers.iter().any(|(name, _)| name == "expect"));
    }
}

#[tokio::test]
async fn a_body_that_was_refused_early_is_not_read_as_a_request() {
    let world = echoing(|limits| limits.body_bytes = 10).await;
    let inner = smuggled();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {APP}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        inner.len()
    );
    let mut wire = world.connect().await;
    wire.send(&head).await;
    let refused = wire.answer().await;
    assert_eq!(status(&refused), 413);
    wire.try_send(&inner).await;
    let _ = wire.0.shutdown().await;
    assert_eq!(wire.rest().await, "");
    // And where it is sent unasked, or to where nothing is.
    for path in ["/", "/not/there"] {
        let start = format!("POST {path} HTTP/1.1\r\nHost: {APP}\r\n");
        let answer =
            exchange(&world, &format!("{start}Content-Length: {}\r\n\r\n{inner}", inner.len()))
                .await;
        assert_eq!(answers(&answer), 1, "{path}: {answer}");
    }
    assert!(!was_smuggled(&world));
}

// Answers

#[tokio::test]
async fn head_has_the_fields_of_get() {
    let world = World::script(|_| {
        let fields = [("content-type", "text/x"), ("etag", "\"a\""), ("x-mine", "1")];
        Box::pin(async move { returned(200, &fields, "hello") })
    })
    .await;
    let fields = |answer: &str| -> Vec<String> {
        let head = answer.split("\r\n\r\n").next().unwrap();
        let own = |line: &&str| !line.starts_with("croft-request-id") && !line.starts_with("date");
        let mut lines: Vec<_> = head.lines().filter(own).map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let (got, head) = (world.get(APP, "/any").await, world.ask("HEAD", APP, "/any", "").await);
    assert_eq!(fields(&head), fields(&got));
    assert_eq!(body(&head), "");
}

#[tokio::test]
async fn answers_without_a_body_do_not_disturb_the_next() {
    for code in [204, 304] {
        let world = World::script(move |_| {
            Box::pin(async move { returned(code, &[("x-mine", "1")], "surprise") })
        })
        .await;
        let mut wire = world.connect().await;
        let head = get("/any").replace("GET", "HEAD");
        for request in [get("/any"), head, get("/any")] {
            wire.send(&request).await;
            let answer = wire.up_to("\r\n\r\n").await;
            assert_eq!((status(&answer), header(&answer, "x-mine")), (code, Some("1")));
            assert_eq!(header(&answer, "transfer-encoding"), None, "{answer}");
            if code == 204 {
                assert_eq!(header(&answer, "content-length"), None, "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_function_cannot_switch_protocols_or_answer_before_its_answer() {
    for code in [100, 101, 103] {
        let world = World::script(move |_| Box::pin(async move { returned(code, &[], "") })).await;
        let more = "Upgrade: websocket\r\nConnection: upgrade, close\r\n";
        let answer = world.raw(&format!("GET /any HTTP/1.1\r\nHost: {APP}\r\n{more}\r\n")).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 500), "{answer}");
    }
}

// Methods and targets

#[tokio::test]
async fn a_method_is_a_token_and_case_counts() {
    let world = echoing(|_| {}).await;
    for bad in ["G T", "G\tT", "G(T", "G:T", "G@T\u{ff}", "\"GET\"", "", "{}"] {
        let request = format!("{bad} /get HTTP/1.1\r\nHost: {APP}\r\n\r\n");
        let answer = exchange(&world, &format!("{request}{}", smuggled())).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 400), "{bad}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
    let lower = world.ask("get", APP, "/get", "").await;
    assert!(body(&lower).starts_with("* /:x get "), "another method than GET: {lower}");
    let long = "X".repeat(1000);
    let long = world.ask(&long, APP, "/", "").await;
    assert!(matches!(status(&long), 200 | 400 | 501), "{long:.200}");
}

#[tokio::test]
async fn targets_that_are_no_path_are_refused() {
    let world = echoing(|_| {}).await;
    let ftp = format!("ftp://{APP}/get");
    for (method, target) in [
        ("GET", "*"),
        ("GET", APP),
        ("OPTIONS", "*"),
        ("CONNECT", "other.test:443"),
        ("CONNECT", "/get"),
        ("GET", "get"),
        ("GET", ftp.as_str()),
        ("GET", "http:///get"),
        ("GET", "http://"),
        ("GET", "/a b"),
    ] {
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {APP}\r\n\r\n");
        let answer = exchange(&world, &request).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 400), "{method} {target}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
    for simple in ["GET /get\r\n\r\n", "GET /get HTTP/0.9\r\n\r\n", "GET /get HTTP/3.0\r\n\r\n"] {
        let answer = exchange(&world, simple).await;
        assert!(answer.is_empty() || status(&answer) == 400, "{simple}: {answer}");
    }
}

#[tokio::test]
async fn trace_is_a_method_like_others_and_croft_echoes_nothing() {
    let world = World::plain().await;
    let secret = "Cookie: secret=1\r\n";
    for (host, path, code) in
        [(APP, "/only", 405), (APP, "/hello/x", 405), (APP, "/nothing", 404), ("no.test", "/", 404)]
    {
        let answer = world.ask("TRACE", host, path, secret).await;
        assert_eq!(status(&answer), code, "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn an_upgrade_that_is_asked_for_does_not_happen() {
    let world = echoing(|_| {}).await;
    for more in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
    ] {
        let mut wire = world.connect().await;
        for _ in 0..2 {
            wire.send(&format!("GET /get HTTP/1.1\r\nHost: {APP}\r\n{more}\r\n")).await;
            assert!(wire.answer().await.starts_with("HTTP/1.1 200 "), "an ordinary answer");
            let headers = world.last_request().headers;
            let is_hop = |name: &str| ["upgrade", "http2-settings", "connection"].contains(&name);
            assert!(!headers.iter().any(|(name, _)| is_hop(name)), "{headers:?}");
        }
    }
}

#[tokio::test]
async fn connection_cannot_name_away_what_croft_says() {
    let world = echoing(|_| {}).await;
    let more = "Connection: host, x-forwarded-proto, content-length, x-a\r\nX-A: 1\r\nX-B: 2\r\n\
        Content-Length: 2\r\n\r\nhi";
    let answer = exchange(&world, &format!("POST / HTTP/1.1\r\nHost: {APP}\r\n{more}")).await;
    assert!(answer.ends_with("body=hi"), "{answer}");
    let headers = world.last_request().headers;
    let of = |name: &str| headers.iter().any(|(own, _)| own == name);
    assert!(of("x-forwarded-proto") && of("x-b") && !of("x-a"), "{headers:?}");
}

// Requests that could be read in two ways, besides those in `wire.rs`

#[tokio::test]
async fn a_transfer_coding_is_chunked_or_refused() {
    let world = echoing(|_| {}).await;
    let bodies = format!("0\r\n\r\n{}", smuggled());
    for coding in [
        "gzip, chunked",
        "chunked, chunked",
        "identity, chunked",
        "\"chunked\"",
        "chunked;q=1",
        "chunked,",
        ", chunked",
        "\u{b}chunked",
        "chunked\u{b}",
        "chunk\u{e9}d",
        "x chunked",
        "gzip\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity",
        "\r\nTransfer-Encoding: chunked",
    ] {
        for host in [APP, "croft.example.com"] {
            let request =
                format!("POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: {coding}\r\n\r\n");
            let answer = exchange(&world, &format!("{request}{bodies}")).await;
            assert_eq!(answers(&answer), 1, "{coding:?}: {answer}");
            assert!(matches!(status(&answer), 400 | 501), "{coding:?}: {answer}");
            assert_eq!(header(&answer, "connection"), Some("close"), "{coding:?}: {answer}");
        }
    }
    assert!(world.seen.lock().unwrap().is_empty());
    for coding in ["chunked", "CHUNKED", "\t chunked \t"] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: {APP}\r\nTransfer-Encoding:{coding}\r\n\r\n");
        let answer = exchange(&world, &format!("{request}2\r\nhi\r\n0\r\n\r\n")).await;
        assert!(answer.ends_with("body=hi"), "{coding:?}: {answer}");
    }
}

#[tokio::test]
async fn one_length_said_twice_is_one_length() {
    let world = echoing(|_| {}).await;
    let start = format!("POST / HTTP/1.1\r\nHost: {APP}\r\n");
    for length in ["2\r\nContent-Length: 2", "2, 2", " 2 ", "02"] {
        let bytes = format!("{start}Content-Length:{length}\r\n\r\nhi{}", get("/get"));
        let answer = exchange(&world, &bytes).await;
        if status(&answer) == 200 {
            assert_eq!(answers(&answer), 2, "{length:?}: {answer}");
            assert!(answer.contains("body=hi"), "{length:?}: {answer}");
        } else {
            assert_eq!((answers(&answer), status(&answer)), (1, 400), "{length:?}: {answer}");
        }
    }
    for bad in ["2_0", "2 0", "\"2\"", "", "2;", "2\u{b}", "٢"] {
        let bytes = format!("{start}Content-Length: {bad}\r\n\r\nhi{}", smuggled());
        let answer = exchange(&world, &bytes).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 400), "{bad:?}: {answer}");
    }
    assert!(!was_smuggled(&world));
}

/// RFC 9112, 2.2 lets a line end with LF alone, and the library takes it so in heads. Then it is one
/// reading, everywhere: a field after such a line is a field.
#[tokio::test]
async fn a_bare_line_feed_is_the_end_of_a_line_and_nothing_else() {
    let world = echoing(|_| {}).await;
    let answer = exchange(&world, &format!("GET /get HTTP/1.1\nHost: {APP}\n\n")).await;
    assert_eq!((answers(&answer), status(&answer)), (1, 200), "{answer}");
    let hidden = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nX-A: 1\nContent-Length: 2\r\n\r\nhi");
    assert!(exchange(&world, &hidden).await.ends_with("body=hi"));
    let host = format!("GET /get HTTP/1.1\r\nHost: {APP}\r\nX-A: 1\nHost: other.test\r\n\r\n");
    assert_eq!(status(&exchange(&world, &host).await), 400);
}

#[tokio::test]
async fn names_and_values_of_fields_are_read_to_the_letter() {
    let world = echoing(|_| {}).await;
    for bad in [
        "Content-Length : 3",
        "Content Length: 3",
        "X\u{0}: 1",
        "X\u{7f}: 1",
        ": 1",
        "no colon",
        "X(: 1",
        "X: a\u{0}",
        "X: a\u{7f}b",
        "X: a\u{8}b",
        "\tX: 1",
        "X: 1\r\n\tfolded",
    ] {
        let request = format!("GET /get HTTP/1.1\r\nHost: {APP}\r\n{bad}\r\n\r\n");
        let answer = exchange(&world, &format!("{request}{}", smuggled())).await;
        assert_eq!((answers(&answer), status(&answer)), (1, 400), "{bad:?}: {answer}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_slow_head_leaves_others_alone() {
    let world = echoing(|limits| limits.header_time = Duration::from_millis(200)).await;
    let mut slow = world.connect().await;
    slow.send("GET /get HTTP/1.1\r\nHost: ").await;
    assert_eq!(status(&exchange(&world, &get("/get")).await), 200);
    assert_eq!(slow.rest().await, "", "and is closed in the end");
}
