//! What every answer has in common.

use super::*;

#[tokio::test]
async fn every_answer_carries_its_request_and_the_security_headers() {
    for https in [false, true] {
        let world =
            World::at(if https { "https" } else { "http" }, "croft.localhost", Rates::default());
        for (what, ask) in [
            ("an answer", ask(Method::GET, "/api/v1/me").bearer(&token())),
            ("a refusal", ask(Method::GET, "/api/v1/me")),
            ("nothing", ask(Method::GET, "/api/v1/nonsense")),
            ("a panic", ask(Method::GET, "/api/v1/broken")),
            ("a page", ask(Method::GET, "/projects").with("accept", "text/html")),
            ("a file", ask(Method::GET, "/_app/immutable/a.js")),
            ("the version", ask(Method::GET, "/version")),
            ("the wrong method", ask(Method::PUT, "/version")),
        ] {
            let headers = world.ask(ask).await.headers;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("x-xss-protection", "0"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(headers[name], value, "{what}: {name}");
            }
            assert!(
                headers["permissions-policy"].to_str().unwrap().contains("camera=()"),
                "{what}"
            );
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none';")
                    && policy.contains("frame-ancestors 'none'"),
                "{what}"
            );
            assert!(headers["croft-request-id"].to_str().unwrap().starts_with("req_"), "{what}");
            assert_eq!(headers.contains_key("strict-transport-security"), https, "{what}");
            assert!(headers.contains_key("cache-control"), "{what}");
        }
    }
}

#[tokio::test]
async fn no_other_origin_is_ever_let_in() {
    let world = World::new();
    for method in [Method::GET, Method::OPTIONS, Method::POST] {
        for origin in ["https://evil.test", "null", &world.origin] {
            let asked = ask(method.clone(), "/api/v1/me")
                .bearer(&token())
                .with("origin", origin)
                .with("access-control-request-method", "POST")
                .with("access-control-request-headers", "authorization");
            let answer = world.ask(asked).await;
            assert!(
                !answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")),
                "{method} {origin}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_problems_with_the_requests_id() {
    let world = World::new();
    let sign_in = || ask(Method::POST, "/api/v1/sign-in");
    let large = format!("{{\"email\": \"{}\"}}", "x".repeat(1024 * 1024));
    for (what, ask, outcome) in [
        (
            "nothing there",
            ask(Method::GET, "/api/v1/nonsense").with("accept", "text/html"),
            (404, "not_found"),
        ),
        (
            "another version",
            ask(Method::GET, "/api/v2/me").with("accept", "text/html"),
            (404, "not_found"),
        ),
        ("just the prefix", ask(Method::GET, "/api"), (404, "not_found")),
        ("the wrong method", ask(Method::PATCH, "/api/v1/sign-in"), (405, "method_not_allowed")),
        ("a panic", ask(Method::GET, "/api/v1/broken"), (500, "internal")),
        ("no answer", ask(Method::GET, "/api/v1/endless"), (503, "timeout")),
        ("no type", sign_in(), (415, "unsupported_media_type")),
        ("no JSON", sign_in().json("{"), (400, "malformed")),
        ("a missing field", sign_in().json("{\"email\": \"a@b.c\"}"), (422, "invalid")),
        ("too much", sign_in().json(&large), (413, "payload_too_large")),
        ("a page that is posted to", ask(Method::POST, "/projects"), (405, "method_not_allowed")),
    ] {
        let answer = world.ask(ask).await;
        let (status, id) = (answer.status.as_u16(), answer.headers["croft-request-id"].clone());
        assert_eq!(
            answer.headers.contains_key("allow"),
            status == 405 && what == "the wrong method",
            "{what}"
        );
        let problem = answer.problem().await;
        assert_eq!((status, problem.code.as_str()), outcome, "{what}");
        assert_eq!(problem.request_id.as_bytes(), id.as_bytes(), "{what}");
        assert_eq!(problem.status, status, "{what}");
        assert!(
            !problem.detail.is_empty() && !problem.detail.contains("on purpose"),
            "{what}: {}",
            problem.detail
        );
    }
}

#[tokio::test]
async fn without_its_context_no_request_is_answered() {
    let request = Request::builder().uri("/version").body(Body::empty()).unwrap();
    let response = World::new().router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn the_version_is_told() {
    let answer = World::new().ask(ask(Method::GET, "/version").via(Via::Address)).await;
    assert_eq!(answer.bytes().await, "{\"version\":\"1.2.3\"}");
}
