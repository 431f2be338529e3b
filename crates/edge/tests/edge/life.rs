//! Connections as a whole: how many, from whom, and how they end.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::{sync::Notify, time::timeout};

use crate::world::{
    APP, DEADLINE, World, body, echo, header, returned, settings, snapshot, status, until,
};

fn get(host: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

#[tokio::test]
async fn a_client_has_so_many_connections_and_no_more() {
    let mut settings = settings();
    settings.limits.connections_per_client = 3;
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let world = World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = world.connect().await;
        wire.send(&get(APP, "/")).await;
        wire.answer().await;
        held.push(wire);
    }
    let refused = world.connect().await.rest().await;
    assert_eq!(status(&refused), 503, "{refused}");
    let length = body(&refused).len().to_string();
    assert_eq!(header(&refused, "content-length"), Some(length.as_str()));
    // Those that are there go on, and an end makes room.
    held[0].send(&get(APP, "/")).await;
    assert_eq!(status(&held[0].answer().await), 200);
    held.pop();
    let again = async {
        loop {
            let mut wire = world.connect().await;
            if wire.try_send(&get(APP, "/")).await && status(&wire.answer().await) == 200 {
                return;
            }
        }
    };
    timeout(DEADLINE, again).await.expect("there is room again");
}

#[tokio::test]
async fn connections_of_a_trusted_proxy_are_not_one_clients() {
    let mut settings = settings();
    settings.limits.connections_per_client = 1;
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let world = World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await;
    let mut first = world.connect().await;
    first.send(&get(APP, "/")).await;
    first.answer().await;
    let more = "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    assert_eq!(status(&world.ask("GET", APP, "/", more).await), 200);
    let request = world.last_request();
    assert_eq!(request.client.to_string(), "203.0.113.9");
    assert!(request.headers.contains(&("x-forwarded-proto".into(), "https".into())));
    let control = world.ask("GET", "croft.example.com", "/", more).await;
    assert!(body(&control).contains("client=203.0.113.9 secure=true"), "{control}");
}

#[tokio::test]
async fn all_connections_together_are_bounded_and_wait() {
    let mut settings = settings();
    settings.limits.connections = 2;
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let world = World::with(settings, routes, |call| Box::pin(async move { echo(&call) })).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut wire = world.connect().await;
        wire.send(&get(APP, "/")).await;
        wire.answer().await;
        held.push(wire);
    }
    let mut waiting = world.connect().await;
    waiting.send(&get(APP, "/")).await;
    assert!(timeout(Duration::from_millis(50), waiting.answer()).await.is_err());
    held.pop();
    assert_eq!(status(&waiting.answer().await), 200);
}

#[tokio::test]
async fn a_drain_lets_calls_end_and_takes_nothing_new() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let world = World::script(move |_| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            gate.notified().await;
            returned(200, &[], "done")
        })
    })
    .await;
    let (mut busy, mut idle, mut silent) =
        (world.connect().await, world.connect().await, world.connect().await);
    idle.send(&get("croft.example.com", "/")).await;
    assert_eq!(status(&idle.answer().await), 200);
    busy.send(&get(APP, "/any")).await;
    until("the call is made", || world.seen.lock().unwrap().len() == 1).await;
    world.stop.cancel();
    assert_eq!(idle.rest().await, "", "an idle connection ends at once");
    assert_eq!(silent.rest().await, "", "and one that never spoke");
    assert!(!world.served.is_finished());
    go.notify_one();
    let answer = busy.rest().await;
    assert_eq!((status(&answer), body(&answer)), (200, "done"));
    assert_eq!(header(&answer, "connection"), Some("close"));
    timeout(DEADLINE, world.served).await.expect("serving ends").unwrap();
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err());
}

#[tokio::test]
async fn a_drain_has_an_end_whoever_goes_on() {
    let mut settings = settings();
    settings.limits.drain_time = Duration::from_millis(80);
    let routes = snapshot(&[(APP, 1)], &[(1, "GET /")]);
    let world = World::with(settings, routes, |_| Box::pin(std::future::pending())).await;
    let mut busy = world.connect().await;
    busy.send(&get(APP, "/")).await;
    until("the call is made", || world.seen.lock().unwrap().len() == 1).await;
    world.stop.cancel();
    assert_eq!(busy.rest().await, "");
    timeout(DEADLINE, world.served).await.expect("serving ends").unwrap();
    assert_eq!(world.log.all().len(), 1, "the call is counted");
}

#[tokio::test]
async fn requests_and_connections_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let numbers = recorder.handle();
    // The edge looks its meters up when it is made; this one is only this thread's.
    let guard = metrics::set_default_local_recorder(&recorder);
    let world = World::plain().await;
    drop(guard);
    world.get(APP, "/any").await;
    world.get(APP, "/nothing").await;
    world.get("croft.example.com", "/").await;
    let shows = |line: &str| numbers.render().lines().any(|own| own == line);
    for line in [
        "croft_edge_requests_total{by=\"function\",class=\"2xx\"} 1",
        "croft_edge_requests_total{by=\"edge\",class=\"4xx\"} 1",
        "croft_edge_requests_total{by=\"control\",class=\"2xx\"} 1",
        "croft_edge_connections 0",
        "croft_edge_table_hosts 2",
        "croft_edge_table_generation 1",
    ] {
        until(line, || shows(line)).await;
    }
}
