//! Event streams (decisions 3, 31).

use std::time::Duration;

use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};

use super::*;

/// When the test's stream loses its right.
pub(super) const RIGHT_ENDS_AFTER: Duration = Duration::from_secs(20);

fn follow() -> Ask {
    ask(Method::GET, "/api/v1/follow?follow=true&after=4")
}

/// What comes until the stream ends.
async fn rest(mut body: Body) -> String {
    let mut text = String::new();
    while let Some(frame) = body.frame().await {
        text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
    }
    text
}

#[tokio::test]
async fn streams_by_cookie_are_for_our_pages() {
    let world = World::new();
    let ours = world.origin.clone();
    for (headers, outcome) in [
        (vec![("origin", ours)], (200, "")),
        (vec![("sec-fetch-site", "same-origin".into())], (200, "")),
        (vec![], (403, "csrf")),
        (vec![("sec-fetch-site", "same-site".into())], (403, "csrf")),
        (vec![("sec-fetch-site", "none".into())], (403, "csrf")),
        (vec![("origin", "https://evil.test".into())], (403, "csrf")),
        (
            vec![("origin", "https://evil.test".into()), ("sec-fetch-site", "same-origin".into())],
            (403, "csrf"),
        ),
    ] {
        let answer = world.ask(follow().cookie(&session()).all(&headers)).await;
        let status = answer.status.as_u16();
        let code = if status == 200 { String::new() } else { answer.problem().await.code };
        assert_eq!((status, code.as_str()), outcome, "{headers:?}");
    }
    assert_eq!(world.ask(follow().bearer(&token())).await.status, 200);
    assert_eq!(world.ask(follow()).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_where_it_was_and_ends_with_its_right() {
    let world = World::new();
    let began = Instant::now();
    let answer = world.ask(follow().bearer(&token()).with("last-event-id", "41")).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let text = timeout(Duration::from_mins(1), rest(answer.body))
        .await
        .expect("the stream outlived its right");
    assert!(text.starts_with("id: 42\nevent: project.created\ndata: 42\n\n"), "{text}");
    assert!(text.contains("\n:"), "no sign of life in 15 s: {text}");
    let lived = began.elapsed();
    assert!(
        (RIGHT_ENDS_AFTER..=RIGHT_ENDS_AFTER + Duration::from_secs(5)).contains(&lived),
        "{lived:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_server_stops_its_streams() {
    let world = World::new();
    let answer = world.ask(follow().bearer(&token())).await;
    world.shutdown.cancel();
    timeout(Duration::from_millis(100), rest(answer.body)).await.expect("the stream goes on");
}

#[tokio::test]
async fn a_person_has_twenty_and_no_more() {
    let world = World::new();
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(world.ask(follow().bearer(&token())).await);
    }
    assert!(open.iter().all(|answer| answer.status == 200));
    assert_eq!(
        world.ask(follow().bearer(&token())).await.outcome().await,
        (429, "too_many_requests".into())
    );
    assert_eq!(world.ask(follow().bearer(&session())).await.status, 200, "others have their own");
    open.pop();
    assert_eq!(
        world.ask(follow().bearer(&token())).await.status,
        200,
        "a closed one is given back"
    );
}
