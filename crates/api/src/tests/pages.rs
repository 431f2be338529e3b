//! The dashboard.

use super::*;

fn page(path: &'static str) -> Ask {
    ask(Method::GET, path).with("accept", "text/html,*/*;q=0.8")
}

#[tokio::test]
async fn every_address_is_the_page_unless_it_is_a_file() {
    let world = World::new();
    for (what, ask, status, kind) in [
        ("the root", page("/"), 200, "text/html; charset=utf-8"),
        ("a page", page("/projects/blog"), 200, "text/html; charset=utf-8"),
        ("a file", page("/_app/immutable/a.js"), 200, "text/javascript"),
        ("a file that is gone", page("/_app/immutable/old.js"), 404, "application/problem+json"),
        (
            "a picture that is not",
            ask(Method::GET, "/cat.png").with("accept", "image/*"),
            404,
            "application/problem+json",
        ),
        ("a way out", page("/../../etc/passwd"), 200, "text/html; charset=utf-8"),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!(
            (answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()),
            (status, kind),
            "{what}"
        );
    }
}

#[tokio::test]
async fn the_page_may_run_what_it_came_with_and_nothing_else() {
    let answer = World::new().ask(page("/")).await;
    // printf 'go()' | openssl dgst -sha256 -binary | base64
    let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("script-src 'self' 'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw=';"),
        "{policy}"
    );
    assert!(policy.contains("connect-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers["cache-control"], "no-cache");
}

#[tokio::test]
async fn files_come_compressed_once_and_then_from_the_cache() {
    let world = World::new();
    let file = || ask(Method::GET, "/_app/immutable/a.js");
    for (accepted, encoding, tag, body) in [
        ("br, gzip", Some("br"), "\"tag-br\"", "brotli"),
        ("gzip", Some("gzip"), "\"tag-gzip\"", "gzip"),
        ("identity", None, "\"tag\"", "export {}"),
    ] {
        let answer = world.ask(file().with("accept-encoding", accepted)).await;
        assert_eq!(answer.headers.get("content-encoding").map(|v| v.to_str().unwrap()), encoding);
        assert_eq!(answer.headers["etag"], tag);
        assert_eq!(answer.headers["vary"], "accept-encoding");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.bytes().await, body);
        let again = file()
            .with("accept-encoding", accepted)
            .with("if-none-match", &format!("\"x\", W/{tag}"));
        let again = world.ask(again).await;
        assert_eq!(again.status, 304);
        assert!(again.bytes().await.is_empty());
    }
}

#[tokio::test]
async fn pages_are_on_the_control_host_only() {
    let world = World::new();
    for via in [Via::Address, Via::DefaultHost] {
        let answer = world.ask(page("/projects?a=b").via(via)).await;
        assert_eq!(answer.status, 307);
        assert_eq!(answer.headers["location"], "http://croft.localhost/projects?a=b");
        let file = world.ask(ask(Method::GET, "/_app/immutable/a.js").via(via)).await;
        assert_eq!(file.status, 404);
        let admin = world.ask(ask(Method::GET, "/admin").via(via)).await;
        assert_eq!(
            (admin.status.as_u16(), &admin.headers["location"]),
            (307, &HeaderValue::from_static("http://croft.localhost/"))
        );
    }
}
