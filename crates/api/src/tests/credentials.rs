//! Who is let in by what (decisions 2, 3, 20).

use super::*;

const AT_HOST: Via = Via::ControlHost;

#[tokio::test]
async fn credentials_by_kind_and_host() {
    let (session, token) = (session(), token());
    let bogus = Secret::from_random(SecretKind::Token, [9; 32]);
    let invitation = Secret::from_random(SecretKind::Invitation, [1; 32]);
    let me = || ask(Method::GET, "/api/v1/me");
    let basic = "Basic YWRhOnNlY3JldA==";
    for (what, ask, status, detail) in [
        ("nothing", me(), 401, "missing API key"),
        ("a key", me().with("x-api-key", token.expose()), 200, ""),
        ("a bogus key", me().with("x-api-key", bogus.expose()), 401, "invalid API key"),
        ("a formless key", me().with("x-api-key", "hunter2"), 401, "invalid API key"),
        ("bearer", me().bearer(&token), 200, ""),
        ("bearer with a session", me().bearer(&session), 200, ""),
        ("bearer by address", me().bearer(&token).via(Via::Address), 200, ""),
        ("bearer on the default host", me().bearer(&session).via(Via::DefaultHost), 200, ""),
        ("a bogus bearer", me().bearer(&bogus), 401, "the token is not valid (any more)"),
        (
            "a bogus bearer with a good cookie",
            me().bearer(&bogus).cookie(&session),
            401,
            "the token is not valid (any more)",
        ),
        ("a link's secret", me().bearer(&invitation), 401, "the token is not valid (any more)"),
        (
            "another scheme",
            me().with("authorization", basic),
            401,
            "the token is not valid (any more)",
        ),
        ("a cookie", me().cookie(&session), 200, ""),
        ("a cookie by address", me().cookie(&session).via(Via::Address), 401, "missing API key"),
        (
            "a cookie on the default host",
            me().cookie(&session).via(Via::DefaultHost),
            401,
            "missing API key",
        ),
        ("a token in a cookie", me().cookie(&token), 401, "the session has ended; sign in again"),
    ] {
        // A world each: failures count against the address.
        let answer = World::new().ask(ask).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{what}");
        if status == 401 {
            assert_eq!(answer.problem().await.detail, detail, "{what}");
        }
    }
}

#[tokio::test]
async fn a_tossed_cookie_is_refused_and_not_guessed() {
    let world = World::new();
    let evil = Secret::from_random(SecretKind::Session, [6; 32]);
    let own = session();
    let line =
        |a: &Secret, b: &Secret| format!("{0}={1}; {0}={2}", cookie::NAME, a.expose(), b.expose());
    for ask in [
        ask(Method::GET, "/api/v1/me").with("cookie", &line(&evil, &own)),
        ask(Method::GET, "/api/v1/me").with("cookie", &line(&own, &evil)),
        ask(Method::GET, "/api/v1/me").cookie(&own).cookie(&evil),
        ask(Method::POST, "/api/v1/me")
            .cookie(&own)
            .cookie(&own)
            .with("origin", &world.origin)
            .json("{}"),
    ] {
        assert_eq!(world.ask(ask).await.outcome().await, (400, "duplicate_cookie".into()));
    }
}

#[tokio::test]
async fn changes_by_cookie_need_our_origin_and_json() {
    let world = World::at("https", "croft.example.test", Rates::default());
    let ours = world.origin.as_str();
    for (method, origin, kind, outcome) in [
        (Method::POST, Some(ours), Some("application/json"), (200, "")),
        (Method::DELETE, Some(ours), None, (200, "")),
        (Method::POST, None, Some("application/json"), (403, "csrf")),
        (
            Method::POST,
            Some("https://proj-a.apps.example.test"),
            Some("application/json"),
            (403, "csrf"),
        ),
        (Method::POST, Some("https://example.test"), Some("application/json"), (403, "csrf")),
        (Method::POST, Some("null"), Some("application/json"), (403, "csrf")),
        (Method::PUT, None, None, (403, "csrf")),
        (Method::PATCH, None, None, (403, "csrf")),
        (Method::DELETE, None, None, (403, "csrf")),
        (Method::POST, Some(ours), Some("text/plain"), (415, "unsupported_media_type")),
        (
            Method::POST,
            Some(ours),
            Some("application/x-www-form-urlencoded"),
            (415, "unsupported_media_type"),
        ),
        (Method::DELETE, Some(ours), Some("multipart/form-data"), (415, "unsupported_media_type")),
    ] {
        let mut asked = ask(method.clone(), "/api/v1/me").cookie(&session());
        for (name, value) in [("origin", origin), ("content-type", kind)] {
            if let Some(value) = value {
                asked = asked.with(name, value);
            }
        }
        let (status, code) = world.ask(asked).await.outcome().await;
        assert_eq!((status, code.as_str()), outcome, "{method} {origin:?} {kind:?}");
    }
    // A token is no browser's doing.
    let by_token =
        ask(Method::POST, "/api/v1/me").bearer(&token()).with("origin", "https://evil.test");
    assert_eq!(world.ask(by_token).await.status, 200);
}

#[tokio::test]
async fn another_sites_page_cannot_even_measure_an_answer() {
    let world = World::at("https", "croft.example.test", Rates::default());
    let from = |site, mode| {
        ask(Method::GET, "/api/v1/me")
            .cookie(&session())
            .with("sec-fetch-site", site)
            .with("sec-fetch-mode", mode)
    };
    assert_eq!(world.ask(from("same-origin", "cors")).await.status, 200);
    assert_eq!(world.ask(from("cross-site", "navigate")).await.status, 200);
    assert_eq!(world.ask(from("same-site", "no-cors")).await.outcome().await, (403, "csrf".into()));
}

#[tokio::test]
async fn cookies_are_set_only_where_browsers_keep_them_and_for_our_pages() {
    let body = r#"{"email": "ada@example.com", "password": "four blunt mossy stones"}"#;
    for (scheme, control, via, origin, outcome) in [
        ("https", "croft.example.test", AT_HOST, Some("https://croft.example.test"), (200, "")),
        ("http", "croft.localhost", AT_HOST, Some("http://croft.localhost"), (200, "")),
        ("http", "localhost", AT_HOST, Some("http://localhost"), (200, "")),
        (
            "http",
            "croft.example.test",
            AT_HOST,
            Some("http://croft.example.test"),
            (403, "insecure_transport"),
        ),
        (
            "http",
            "croft.localhost.test",
            AT_HOST,
            Some("http://croft.localhost.test"),
            (403, "insecure_transport"),
        ),
        ("https", "croft.example.test", AT_HOST, None, (403, "csrf")),
        (
            "https",
            "croft.example.test",
            AT_HOST,
            Some("https://proj-a.apps.example.test"),
            (403, "csrf"),
        ),
        ("https", "croft.example.test", AT_HOST, Some("null"), (403, "csrf")),
        ("https", "croft.example.test", Via::Address, None, (403, "forbidden")),
        ("https", "croft.example.test", Via::DefaultHost, None, (403, "forbidden")),
        ("https", "croft.example.test", Via::Address, Some("http://127.0.0.1:8080"), (403, "csrf")),
    ] {
        let mut asked = ask(Method::POST, "/api/v1/sign-in").via(via).json(body);
        if let Some(origin) = origin {
            asked = asked.with("origin", origin);
        }
        let answer = World::at(scheme, control, Rates::default()).ask(asked).await;
        let set = answer.headers.contains_key("set-cookie");
        let (status, code) = answer.outcome().await;
        assert_eq!((status, code.as_str()), outcome, "{scheme}://{control} {via:?} {origin:?}");
        assert_eq!(set, status == 200, "{scheme}://{control} {via:?} {origin:?}");
    }
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_operators() {
    let metrics = || ask(Method::GET, "/metrics");
    for (what, ask, status) in [
        ("this machine", metrics().from("127.0.0.1"), 200),
        ("this machine, v6", metrics().from("::1").via(Via::Address), 200),
        (
            "a proxy on this machine",
            metrics().from("127.0.0.1").with("x-forwarded-for", "203.0.113.9"),
            401,
        ),
        ("anybody", metrics(), 401),
        ("a member", metrics().bearer(&token()), 403),
        ("an operator", metrics().bearer(&session()), 200),
    ] {
        let answer = World::new().ask(ask).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        if status == 200 {
            assert_eq!(answer.bytes().await, "croft_up 1\n", "{what}");
        }
    }
}
