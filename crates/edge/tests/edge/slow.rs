//! Clients that do not take their answers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::world::{
    APP, DEADLINE, World, body, header, returned, settings, snapshot, status, until,
};

const MIB: usize = 1024 * 1024;

/// Two projects whose answers have 2 MiB each and a share of 7 MiB: with one of them held, the
/// 6 MiB that a call may answer do not fit.
async fn shared(edit: impl FnOnce(&mut croft_edge::EdgeLimits)) -> World {
    answering(2 * MIB, edit).await
}

/// Two projects with answers of so many bytes, behind a proxy that says who the client is.
async fn answering(bytes: usize, edit: impl FnOnce(&mut croft_edge::EdgeLimits)) -> World {
    let mut settings = settings();
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    settings.limits.all_answers_bytes = 8 * 7 * 1024 * 1024;
    edit(&mut settings.limits);
    let routes = snapshot(&[(APP, 1), ("other.test", 2)], &[(1, "GET /"), (2, "GET /")]);
    let large = "x".repeat(bytes);
    World::with(settings, routes, move |_| {
        let outcome = returned(200, &[], &large);
        Box::pin(async move { outcome })
    })
    .await
}

fn by(client: &str) -> String {
    format!("X-Forwarded-For: {client}\r\n")
}

/// An answer over HTTP/2 whose client opens no window for its body, and the connection.
async fn untaken(world: &World, client: &str) -> (Response<Incoming>, JoinHandle<()>) {
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(0)
        .handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(async move { drop(connection.await) });
    let request = Request::builder()
        .uri(format!("http://{APP}/"))
        .header("x-forwarded-for", client)
        .body(Empty::<Bytes>::new())
        .unwrap();
    let answer = timeout(DEADLINE, sender.send_request(request)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    (answer, connection)
}

/// Asks until it is answered 200.
async fn until_there_is_room(world: &World, host: &str, client: &str) {
    let asked = async { while status(&world.ask("GET", host, "/", &by(client)).await) != 200 {} };
    timeout(DEADLINE, asked).await.expect("there is room again");
}

#[tokio::test]
async fn answers_that_are_not_taken_leave_room_for_others() {
    let world = shared(|_| {}).await;
    let (answer, connection) = untaken(&world, "2001:db8::1").await;
    // A neighbour is the same client, whatever it asks; the project has its share as well.
    for (host, client) in [("other.test", "2001:db8::2"), (APP, "192.0.2.1")] {
        let refused = world.ask("GET", host, "/", &by(client)).await;
        assert_eq!(status(&refused), 503, "{host} {client}");
        assert_eq!(header(&refused, "retry-after"), Some("1"));
        assert!(body(&refused).contains("\"code\":\"overloaded\""), "{refused}");
    }
    assert_eq!(world.log.all().len(), 1, "whose answer has no room is not called");
    for _ in 0..10 {
        let answer = world.ask("GET", "other.test", "/", &by("192.0.2.1")).await;
        assert_eq!((status(&answer), body(&answer).len()), (200, 2 * MIB));
    }
    drop(answer);
    connection.abort();
    until_there_is_room(&world, "other.test", "2001:db8::2").await;
    until_there_is_room(&world, APP, "192.0.2.1").await;
}

#[tokio::test]
async fn an_answer_on_http1_keeps_its_room_until_it_is_taken() {
    // More than sockets swallow.
    let edit = |limits: &mut croft_edge::EdgeLimits| limits.all_answers_bytes = 136 * 1024 * 1024;
    let world = answering(16 * MIB, edit).await;
    let mut held = world.connect().await;
    held.send(&format!("GET / HTTP/1.1\r\nHost: {APP}\r\n{}\r\n", by("192.0.2.1"))).await;
    held.up_to("\r\n\r\n").await;
    assert_eq!(status(&world.ask("GET", "other.test", "/", &by("192.0.2.1")).await), 503);
    drop(held);
    until_there_is_room(&world, "other.test", "192.0.2.1").await;
}

#[tokio::test]
async fn a_call_whose_answer_finds_no_room_is_written_down_as_unsent() {
    let world = shared(|limits| limits.all_answers_bytes = 8 * 1024 * 1024).await;
    let refused = world.ask("GET", APP, "/", &by("192.0.2.1")).await;
    assert_eq!(status(&refused), 503);
    let calls = world.logged(1).await;
    assert_eq!(calls[0].status, 503);
    assert!(calls[0].error.as_ref().unwrap().message.contains("not sent"), "{calls:?}");
}

#[tokio::test]
async fn an_answer_has_its_time_however_it_is_taken() {
    let world = shared(|limits| {
        limits.answer_time = Duration::from_millis(400);
        limits.all_answers_bytes = u32::MAX;
    })
    .await;
    // Over HTTP/2 nothing stalls: the connection answers, its one stream does not move.
    let (answer, connection) = untaken(&world, "192.0.2.1").await;
    timeout(DEADLINE, connection).await.expect("ended by the server").unwrap();
    drop(answer);
    // A little now and then is no stall either, and yet never all of it.
    let mut wire = world.connect().await;
    let many = format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n").repeat(16);
    wire.send(&many).await;
    let enough = crate::world::after(1000);
    while !enough() {
        wire.skip(1).await;
        until("a moment passed", crate::world::after(20)).await;
    }
    let got = wire.rest().await;
    assert!(got.len() < 16 * 2 * MIB, "cut off after {}", got.len());
}

#[tokio::test]
async fn a_stream_of_the_control_plane_goes_on_beyond_the_time_of_an_answer() {
    let world = shared(|limits| limits.answer_time = Duration::from_millis(100)).await;
    let answer = world.get("croft.example.com", "/stream").await;
    assert_eq!(answer.matches("1\r\n.\r\n").count(), 10, "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
}
