//! Bodies of requests: lengths, chunks, limits, and who waits for whom.

use std::time::Duration;

use crate::world::{APP, World, body, echo, header, settings, snapshot, status};

async fn limited(edit: impl FnOnce(&mut croft_edge::EdgeLimits)) -> World {
    let mut settings = settings();
    edit(&mut settings.limits);
    let routes = snapshot(&[(APP, 1)], &[(1, "POST /"), (1, "GET /")]);
    World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await
}

fn post(more: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: {APP}\r\nConnection: close\r\n{more}")
}

#[tokio::test]
async fn bodies_arrive_whole_with_a_length_or_in_chunks() {
    let world = limited(|_| {}).await;
    let sized = world.raw(&post("Content-Length: 5\r\n\r\nhello")).await;
    assert!(sized.ends_with("body=hello"), "{sized}");
    let chunks =
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\nX-T: 1\r\n\r\n";
    let chunked = world.raw(&post(chunks)).await;
    assert!(chunked.ends_with("body=hello"), "{chunked}");
    let none = world.raw(&post("\r\n")).await;
    assert!(none.ends_with("body="), "{none}");
    assert!(!world.last_request().headers.iter().any(|(n, _)| n == "x-t"));
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let world = limited(|limits| limits.body_bytes = 1000).await;
    let sized = |n: usize| format!("Content-Length: {n}\r\n\r\n{}", "x".repeat(n));
    let chunked = |n: usize| {
        let chunk = format!("{:x}\r\n{}\r\n", n / 2, "x".repeat(n / 2));
        format!("Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n")
    };
    assert_eq!(status(&world.raw(&post(&sized(1000))).await), 200);
    assert_eq!(status(&world.raw(&post(&chunked(1000))).await), 200);
    let large = world.raw(&post(&sized(1001))).await;
    assert_eq!(status(&large), 413);
    assert!(body(&large).contains("1000 bytes"), "{large}");
    assert_eq!(status(&world.raw(&post(&chunked(1002))).await), 413);
    assert_eq!(world.log.all().len(), 2, "what is too large is no call");
}

#[tokio::test]
async fn the_default_limit_is_six_mebibytes() {
    let world = limited(|_| {}).await;
    let over = 6 * 1024 * 1024 + 1;
    let refused = world.raw(&post(&format!("Content-Length: {over}\r\n\r\n"))).await;
    assert_eq!(status(&refused), 413);
}

#[tokio::test]
async fn who_expects_a_word_before_sending_gets_it_or_the_refusal() {
    let world = limited(|limits| limits.body_bytes = 10).await;
    let mut wire = world.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nExpect: 100-continue\r\n");
    wire.send(&format!("{head}Content-Length: 5\r\nConnection: close\r\n\r\n")).await;
    assert!(wire.up_to("\r\n\r\n").await.starts_with("HTTP/1.1 100"));
    wire.send("hello").await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("body=hello"), "{answer}");
    let refused = world.raw(&format!("{head}Content-Length: 11\r\n\r\n")).await;
    assert_eq!(status(&refused), 413, "{refused}");
    let nowhere = head.replace("POST /", "POST /nowhere");
    let missing = world.raw(&format!("{nowhere}Content-Length: 5\r\n\r\n")).await;
    assert_eq!(status(&missing), 404, "{missing}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = limited(|limits| limits.body_time = Duration::from_millis(50)).await;
    let late = world.raw(&post("Content-Length: 5\r\n\r\nhe")).await;
    assert_eq!(status(&late), 408);
    // The control plane's bodies: silence ends them there as well.
    let head = "POST /x HTTP/1.1\r\nHost: croft.example.com\r\nConnection: close\r\n";
    let late = world.raw(&format!("{head}Content-Length: 5\r\n\r\nhe")).await;
    assert!(late.ends_with("body=broken"), "{late}");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_is_malformed_calls_nothing() {
    let world = limited(|_| {}).await;
    for bad in [
        "zz\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n",
    ] {
        let answer = world.raw(&post(&format!("Transfer-Encoding: chunked\r\n\r\n{bad}"))).await;
        assert!(answer.is_empty() || status(&answer) == 400, "{bad}: {answer}");
    }
    let mut wire = world.connect().await;
    wire.send(&post("Content-Length: 5\r\n\r\nhe")).await;
    drop(wire);
    assert_eq!(status(&world.raw(&post("Content-Length: 0\r\n\r\n")).await), 200);
    assert_eq!(world.log.all().len(), 1);
}

/// A world behind a proxy that says who the client is, where bodies have `room` in all and each
/// number has a project at `<number>.test`.
async fn shared(room: u32) -> World {
    let mut settings = settings();
    settings.limits.all_bodies_bytes = room;
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let names: Vec<_> = (1..10).map(|n| format!("{n}.test")).collect();
    let hosts: Vec<_> = names.iter().map(String::as_str).zip(1..).collect();
    let routes: Vec<_> = (1..10).map(|n| (n, "POST /")).collect();
    let echoing = |call| Box::pin(async move { echo(&call) }) as _;
    World::with(settings, snapshot(&hosts, &routes), echoing).await
}

/// A post of `bytes` by that client to that project, of which the last `missing` are not sent.
fn post_by(client: &str, project: u8, bytes: usize, missing: usize) -> String {
    let body = "x".repeat(bytes - missing);
    format!(
        "POST / HTTP/1.1\r\nHost: {project}.test\r\nX-Forwarded-For: {client}\r\n\
         Connection: close\r\nContent-Length: {bytes}\r\n\r\n{body}"
    )
}

/// The first 503 that a request gets, when what was sent before it has arrived.
async fn refused(world: &World, request: &str) -> String {
    let refused = async {
        loop {
            let answer = world.raw(request).await;
            if status(&answer) == 503 {
                return answer;
            }
        }
    };
    tokio::time::timeout(crate::world::DEADLINE, refused).await.expect("the room fills")
}

#[tokio::test]
async fn bodies_share_a_room_and_give_it_back() {
    let world = shared(8000).await;
    let mut held = Vec::new();
    for n in 1..9 {
        let mut wire = world.connect().await;
        wire.send(&post_by(&format!("192.0.2.{n}"), n, 1000, 1)).await;
        held.push(wire);
    }
    let other = post_by("192.0.2.9", 9, 500, 0);
    let answer = refused(&world, &other).await;
    assert_eq!(header(&answer, "retry-after"), Some("1"));
    for wire in &mut held {
        wire.send("x").await;
        assert_eq!(status(&wire.rest().await), 200);
    }
    assert_eq!(status(&world.raw(&other).await), 200, "the room is there again");
}

#[tokio::test]
async fn no_client_and_no_project_fills_the_room_for_others() {
    let world = shared(8000).await;
    let mut held = world.connect().await;
    held.send(&post_by("2001:db8::1", 1, 1000, 100)).await;
    // Its neighbours are the same client, whomever they ask.
    refused(&world, &post_by("2001:db8::2", 2, 200, 0)).await;
    // The project has its share, whoever asks it.
    refused(&world, &post_by("192.0.2.1", 1, 200, 0)).await;
    for _ in 0..3 {
        let answer = world.raw(&post_by("192.0.2.1", 2, 1000, 0)).await;
        assert_eq!(status(&answer), 200, "others have theirs: {answer}");
    }
    held.send(&"x".repeat(100)).await;
    assert_eq!(status(&held.rest().await), 200);
}
