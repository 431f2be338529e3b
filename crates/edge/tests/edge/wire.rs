//! Bytes that are odd, slow, or meant to be read in two ways.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, time::timeout};

use crate::world::{APP, DEADLINE, World, body, echo, header, settings, snapshot, status};

async fn limited(edit: impl FnOnce(&mut croft_edge::EdgeLimits)) -> World {
    let mut settings = settings();
    edit(&mut settings.limits);
    let routes = snapshot(&[(APP, 1)], &[(1, "* /"), (1, "GET /:x")]);
    World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await
}

#[tokio::test]
async fn a_connection_takes_many_requests_one_after_another_and_at_once() {
    let world = limited(|_| {}).await;
    let get = |x: u32| format!("GET /{x} HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    let mut wire = world.connect().await;
    for x in 0..3 {
        wire.send(&get(x)).await;
        let answer = wire.answer().await;
        assert!(body(&answer).contains(&format!("(\"x\", \"{x}\")")), "{answer}");
    }
    let post = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nContent-Length: 3\r\n\r\nabc");
    wire.send(&format!("{}{post}{}", get(10), get(11))).await;
    assert!(wire.answer().await.contains("\"10\""));
    assert!(wire.answer().await.ends_with("body=abc"));
    assert!(wire.answer().await.contains("\"11\""));
}

#[tokio::test]
async fn a_request_names_one_host() {
    let world = limited(|_| {}).await;
    for bad in [
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "GET / HTTP/1.0\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: {APP}\r\nHost: {APP}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {APP}\r\nHost: other.test\r\n\r\n"),
        format!("GET http://other.test/ HTTP/1.1\r\nHost: {APP}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: user@{APP}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {APP}:80:80\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {APP}/x\r\n\r\n"),
        format!("OPTIONS * HTTP/1.1\r\nHost: {APP}\r\n\r\n"),
        format!("CONNECT {APP}:80 HTTP/1.1\r\nHost: {APP}:80\r\n\r\n"),
    ] {
        let mut wire = world.connect().await;
        wire.send(&bad).await;
        let answer = wire.answer().await;
        assert_eq!(status(&answer), 400, "{bad}{answer}");
    }
    let absolute =
        format!("GET http://{APP}/?a HTTP/1.1\r\nHost: {APP}\r\nConnection: close\r\n\r\n");
    let answer = world.raw(&absolute).await;
    assert!(body(&answer).contains(&format!("host={APP} ")), "{answer}");
    assert_eq!(world.log.all().len(), 1, "only the good one was a call");
}

/// Each of these could be read as one request or as two. None leads to a call of `/smuggled`.
#[tokio::test]
async fn nothing_can_be_smuggled() {
    let world = limited(|_| {}).await;
    let inner = format!("GET /smuggled HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    let start = format!("POST / HTTP/1.1\r\nHost: {APP}\r\n");
    let te = "Transfer-Encoding: chunked\r\n";
    let cl = format!("Content-Length: {}\r\n", inner.len() + 5);
    let refused = [
        format!("{start}Content-Length: 4\r\nContent-Length: 9\r\n\r\nabcd{inner}"),
        format!("{start}Content-Length: 4, 9\r\n\r\nabcd{inner}"),
        format!("{start}Content-Length: +4\r\n\r\nabcd{inner}"),
        format!("{start}Content-Length: -1\r\n\r\n{inner}"),
        format!("{start}Content-Length: 0x4\r\n\r\nabcd{inner}"),
        format!("{start}Content-Length: 99999999999999999999\r\n\r\n{inner}"),
        format!("{start}Transfer-Encoding: identity\r\n\r\n{inner}"),
        format!("{start}Transfer-Encoding: chunked, identity\r\n\r\n{inner}"),
        format!("{start}Transfer-Encoding: xchunked\r\n\r\n{inner}"),
        format!("{start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("{start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("{start}X-Fold: a\r\n b\r\n\r\n{inner}"),
        format!("{start} X-Space: a\r\n\r\n{inner}"),
        format!("{start}X-Nul: a\0b\r\n\r\n{inner}"),
        format!("{start}X-Cr: a\rb\r\n\r\n{inner}"),
        format!("POST / HTTP/1.0\r\nHost: {APP}\r\n{te}\r\n0\r\n\r\n{inner}"),
        format!("POST /  HTTP/1.1\r\nHost: {APP}\r\n\r\n{inner}"),
        format!("POST / HTTP/1.2\r\nHost: {APP}\r\n\r\n{inner}"),
    ];
    for bytes in refused {
        let answer = world.raw(&bytes).await;
        assert_eq!(status(&answer), 400, "{bytes:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{bytes:?}: {answer}");
    }
    assert!(world.log.all().is_empty());
    // Both lengths: read by the chunks alone, and nothing after them is believed (RFC 9112, 6.3).
    for both in [format!("{te}{cl}"), format!("{cl}{te}")] {
        let answer = world.raw(&format!("{start}{both}\r\n0\r\n\r\n{inner}")).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{both}: {answer}");
        assert_eq!(header(&answer, "connection"), Some("close"));
    }
    assert!(world.log.all().iter().all(|call| call.path == "/"), "{:?}", world.log.all());
}

#[tokio::test]
async fn heads_have_a_size() {
    let world = limited(|_| {}).await;
    let with = |bytes: usize| format!("X-Large: {}\r\n", "x".repeat(bytes));
    assert_eq!(status(&world.ask("GET", APP, "/", &with(24 * 1024)).await), 200);
    assert_eq!(status(&world.ask("GET", APP, "/", &with(40 * 1024)).await), 431);
    let many = "X-Many: 1\r\n".repeat(200);
    assert_eq!(status(&world.ask("GET", APP, "/", &many).await), 431);
    let path = format!("/{}", "x".repeat(40 * 1024));
    let answer = world.get(APP, &path).await;
    assert!(matches!(status(&answer), 414 | 431), "{answer}");
}

#[tokio::test]
async fn who_sends_too_large_a_head_is_told_what_to_do() {
    let world = limited(|limits| limits.header_time = Duration::from_mins(1)).await;
    let cookies = |bytes: usize| format!("Cookie: a={}\r\n", "x".repeat(bytes));
    for more in [cookies(33 * 1024), cookies(700 * 1024), "X-Many: 1\r\n".repeat(200)] {
        let answer = world.ask("GET", APP, "/", &more).await;
        assert_eq!(status(&answer), 431);
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert_eq!(header(&answer, "connection"), Some("close"));
        assert_eq!(header(&answer, "content-type"), Some("text/plain; charset=utf-8"));
        assert!(body(&answer).contains("Remove the cookies of this site"), "{answer}");
    }
    assert!(world.log.all().is_empty());
    // Who sends on after the answer is not cut off in the middle of it, but heard out to its end.
    let mut wire = world.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n{}", cookies(40 * 1024))).await;
    assert!(wire.up_to("load the page again.\n").await.starts_with("HTTP/1.1 431 "));
    for _ in 0..100 {
        assert!(wire.try_send(&"x".repeat(1024)).await, "still taken");
    }
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn a_functions_own_431_is_its_own() {
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let world = World::with(settings(), routes, |_| {
        Box::pin(async move { crate::world::returned(431, &[], "") })
    })
    .await;
    let mut wire = world.connect().await;
    for _ in 0..2 {
        wire.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await;
        let answer = wire.answer().await;
        assert_eq!((status(&answer), body(&answer)), (431, ""), "{answer}");
        assert!(header(&answer, "croft-request-id").is_some(), "{answer}");
    }
}

#[tokio::test]
async fn heads_have_a_time_also_when_they_drip() {
    let world = limited(|limits| limits.header_time = Duration::from_millis(60)).await;
    for start in ["", "GET / HT", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut wire = world.connect().await;
        wire.send(start).await;
        wire.rest().await;
    }
    let mut wire = world.connect().await;
    let dripped = async {
        wire.send("GET / HTTP/1.1\r\n").await;
        while wire.try_send("x-drip: 1\r\n").await {
            crate::world::until("a moment passed", crate::world::after(5)).await;
        }
    };
    timeout(DEADLINE, dripped).await.expect("closed in spite of the drops");
    assert!(world.log.all().is_empty());
}

#[tokio::test]
async fn a_rest_is_not_a_head_that_takes_too_long() {
    let world = limited(|limits| {
        limits.header_time = Duration::from_secs(1);
        limits.idle_time = Duration::from_hours(1);
    })
    .await;
    let mut wire = world.connect().await;
    let request = format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    wire.send(&request).await;
    wire.answer().await;
    crate::world::until("longer than a head may take", crate::world::after(1200)).await;
    wire.send(&request).await;
    assert_eq!(status(&wire.answer().await), 200);
    // The next head is begun and never ended: its own time counts, not the hour.
    wire.send("GET / HTTP").await;
    wire.rest().await;
}

#[tokio::test]
async fn a_rest_ends_without_a_word() {
    let world = limited(|limits| {
        limits.header_time = Duration::from_hours(1);
        limits.idle_time = Duration::from_millis(200);
    })
    .await;
    let mut wire = world.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await;
    wire.answer().await;
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_not_waited_for() {
    let mut settings = settings();
    settings.limits.write_stall_time = Duration::from_millis(300);
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let large = "x".repeat(16 * 1024 * 1024);
    let world = World::with(settings, routes, move |_| {
        let outcome = crate::world::returned(200, &[], &large);
        Box::pin(async move { outcome })
    })
    .await;
    let mut wire = world.connect().await;
    wire.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await;
    world.logged(1).await;
    crate::world::until("longer than a stall may take", crate::world::after(700)).await;
    let got = wire.rest().await;
    assert!(got.len() < 16 * 1024 * 1024, "cut off after {}", got.len());
    // Whoever takes it at last gets all, and more after a while.
    let mut wire = world.connect().await;
    for _ in 0..2 {
        wire.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await;
        let head = wire.up_to("\r\n\r\n").await;
        assert_eq!(header(&head, "content-length"), Some("16777216"));
        crate::world::until("a little waiting is no stall", crate::world::after(50)).await;
        wire.skip(16 * 1024 * 1024).await;
        crate::world::until("longer than a stall may take", crate::world::after(700)).await;
    }
}

#[tokio::test]
async fn http2_without_tls_is_spoken_too() {
    let world = limited(|limits| limits.body_bytes = 1000).await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut ask = async |method: &str, path: &str, host: Option<&str>, bytes: usize| {
        let mut request = Request::builder()
            .method(method)
            .version(Version::HTTP_2)
            .uri(format!("http://{APP}{path}"))
            .header("cookie", "a=1; __Host-croft=x")
            .header("cookie", "b=2");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let body = Full::new(Bytes::from("x".repeat(bytes)));
        let sent = client.send_request(request.body(body).unwrap());
        let answer = timeout(DEADLINE, sent).await.unwrap().unwrap();
        let (head, body) = answer.into_parts();
        let body = timeout(DEADLINE, body.collect()).await.unwrap().unwrap().to_bytes();
        (head, String::from_utf8(body.to_vec()).unwrap())
    };
    let (head, text) = ask("GET", "/x?y=1", None, 0).await;
    assert_eq!(head.status, 200);
    assert!(text.starts_with(&format!("GET /:x GET host={APP} ")), "{text}");
    assert!(head.headers.contains_key("croft-request-id"));
    let cookies: Vec<_> = world.last_request().headers;
    let cookies: Vec<_> = cookies.iter().filter(|(n, _)| n == "cookie").map(|(_, v)| v).collect();
    assert_eq!(cookies, ["a=1; b=2"]);
    let (head, text) = ask("HEAD", "/x", None, 0).await;
    assert_eq!((head.status.as_u16(), text.as_str()), (200, ""));
    assert_ne!(head.headers["content-length"], "0");
    assert_eq!(ask("POST", "/", None, 1000).await.0.status, 200);
    assert_eq!(ask("POST", "/", None, 1001).await.0.status, 413);
    assert_eq!(ask("GET", "/x", Some("other.test"), 0).await.0.status, 400);
    assert_eq!(ask("GET", "/x", Some(APP), 0).await.0.status, 200);
}
