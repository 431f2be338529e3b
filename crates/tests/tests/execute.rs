//! Calling functions by their ids, from outside on the real binary: who may, what crosses in either
//! direction, and what becomes of calls that go wrong.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    thread,
    time::{Duration, Instant},
};

use croft_tests::{
    World,
    server::{
        Server, Terminal,
        web::{self, Page},
    },
    world::PASSWORD,
};
use http::Method;
use serde_json::{Value, json};

/// Says what it sees, and answers with more headers than may pass.
const MIRROR: &str = r#"
fn handle(ctx) {
    log::info("seen " + ctx.path);
    let seen = #{ method: ctx.method, path: ctx.path, query: ctx.query_all, headers: ctx.headers,
                  cookies: ctx.cookies, body: ctx.body, tone: env_or("TONE", "none") };
    response(201, seen, #{ "x-total": "7", "etag": "\"a\"", "content-language": "en",
        "cache-control": "max-age=5", "location": "https://evil.test", "service-worker-allowed": "/",
        "access-control-allow-origin": "*", "content-security-policy": "default-src *" })
        .cookie("sid", "1")
}"#;
const BROKEN: &str =
    "fn inner() { throw \"secret detail\" }\n\nfn handle(ctx) { log::warn(\"about to\"); inner() }";
/// Its steps are large, so that it comes to its deadline before it has used up their number.
const ENDLESS: &str = r#"loop { let s = ""; s.pad(200000, "x"); }"#;

/// Waits for something to be.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A program with a token.
struct Program<'s> {
    server: &'s Server,
    token: String,
}

impl<'s> Program<'s> {
    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.server.client().server())
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Page {
        let bearer = format!("Bearer {}", self.token);
        web::send(method, &self.url(path), &[("authorization", &bearer)], body)
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let page = self.send(method, path, body);
        assert!((200..300).contains(&page.status), "{method} {path}: {page:?}");
        if page.body.is_empty() { Value::Null } else { serde_json::from_str(&page.body).unwrap() }
    }

    fn sign_in(server: &'s Server, email: &str) -> Self {
        let anyone = Self { server, token: String::new() };
        let body = json!({ "email": email, "password": PASSWORD, "transport": "bearer" });
        let answer = web::send("POST", &anyone.url("/session"), &[], Some(&body)).expect(200);
        Self { server, token: field(&answer, "token") }
    }

    fn sign_up(server: &'s Server, email: &str) -> Self {
        let anyone = Self { server, token: String::new() };
        let body = json!({ "email": email, "password": PASSWORD });
        web::send("POST", &anyone.url("/accounts"), &[], Some(&body)).expect(204);
        Self::sign_in(server, email)
    }

    /// Deploys to the project `blog`, without any route; its id.
    fn deploy(&self, name: &str, source: &str) -> String {
        let at = format!("/projects/blog/functions/{name}");
        let made = self.ask("PUT", &at, Some(&json!({ "source": source })));
        made["id"].as_str().unwrap().to_owned()
    }

    fn test(&self, function: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/functions/{function}/test"), Some(body))
    }
}

#[track_caller]
fn field(page: &Page, name: &str) -> String {
    let json: Value = serde_json::from_str(&page.body).unwrap();
    json[name].as_str().unwrap_or_else(|| panic!("no {name}: {page:?}")).to_owned()
}

#[track_caller]
fn problem(page: Page, status: u16, code: &str) -> Page {
    let page = page.expect(status);
    assert_eq!(page.header("content-type"), Some("application/problem+json"), "{page:?}");
    assert_eq!(field(&page, "code"), code, "{page:?}");
    page
}

#[test]
fn a_function_is_called_by_its_id() {
    let mut server = Server::new();
    server.start();
    let email = "ada@example.com";
    server.croft(&["admin", "setup", "--email", email, "--password-stdin"], PASSWORD);
    let ada = Program::sign_in(&server, email);
    ada.ask("PATCH", "/admin/settings", Some(&json!({ "sign_up": "open" })));
    ada.ask("POST", "/projects", Some(&json!({ "name": "Blog" })));
    ada.ask(
        "PUT",
        "/projects/blog/variables/production/TONE",
        Some(&json!({ "value": "warm", "secret": true })),
    );
    let mirror = ada.deploy("mirror", MIRROR);

    only_what_may_pass_does(&ada, &mirror);
    who_may(&ada, &mirror);
    a_cookie_is_not_taken(&ada, &mirror);
    a_failure_tells_members_only(&ada);
    a_try_tells_all(&ada, &mirror);
    a_path_of_its_own_route_has_its_parameters(&ada);
    the_command_line_calls_it(&server, email);
    a_deadline_ends_it(&ada);
    it_is_written_down(&ada, &mirror);
    a_deleted_project_is_not_found(&ada, &mirror);
    drop(ada);
    server.interrupt();
}

fn a_path_of_its_own_route_has_its_parameters(ada: &Program<'_>) {
    let source = json!({
        "source": "`Good day, ${ctx.params.name ?? \"nobody\"}!`",
        "routes": [{ "method": "GET", "path": "/greet/:name" }],
    });
    let greet = ada.ask("PUT", "/projects/blog/functions/greet", Some(&source));
    let greet = greet["id"].as_str().unwrap();
    for (method, path, said) in [
        ("GET", "/greet/Ada%20L", "Good day, Ada L!"),
        ("POST", "/greet/Ada", "Good day, nobody!"),
        ("GET", "/", "Good day, nobody!"),
    ] {
        let tried = ada.test(greet, &json!({ "method": method, "path": path }));
        assert_eq!(tried["body"], said, "{method} {path}");
    }
}

fn only_what_may_pass_does(ada: &Program<'_>, mirror: &str) {
    let bearer = format!("Bearer {}", ada.token);
    let url = ada.url(&format!("/execute/{mirror}/a%2Fb/c?x=1&x=2"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("cookie", "theme=dark"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-mine", "yes"),
    ];
    let page = web::send("PURGE", &url, &headers, Some(&json!({ "a": 1 }))).expect(201);
    let seen: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!((&seen["method"], &seen["path"]), (&json!("PURGE"), &json!("/a%2Fb/c")));
    assert_eq!((&seen["query"]["x"], &seen["body"]), (&json!(["1", "2"]), &json!("{\"a\":1}")));
    assert_eq!(seen["tone"], "warm", "production's secrets reach it");
    assert_eq!(seen["cookies"], json!({}));
    let fields = seen["headers"].as_object().unwrap();
    assert_eq!(fields["x-mine"], "yes");
    for hidden in ["authorization", "cookie", "x-api-key", "x-forwarded-for", "connection"] {
        assert!(!fields.contains_key(hidden), "{hidden}: {seen}");
    }

    for (name, value) in [
        ("content-type", "application/json"),
        ("x-total", "7"),
        ("etag", "\"a\""),
        ("content-language", "en"),
        ("cache-control", "max-age=5"),
    ] {
        assert_eq!(page.header(name), Some(value), "{page:?}");
    }
    is_kept_apart(&page);
    let dropped = page.header("croft-dropped-headers").unwrap();
    for name in ["location", "service-worker-allowed", "access-control-allow-origin", "set-cookie"]
    {
        assert_eq!(page.header(name), None, "{page:?}");
        assert!(dropped.split(", ").any(|one| one == name), "{name} is not named: {dropped}");
    }

    // At the id itself, and by the other spelling of the token.
    for path in ["", "/"] {
        let url = ada.url(&format!("/execute/{mirror}{path}"));
        let page = web::send("GET", &url, &[("x-api-key", &ada.token)], None).expect(201);
        assert_eq!(field(&page, "path"), "/");
        assert!(!page.body.contains(&ada.token), "{page:?}");
        is_kept_apart(&page);
    }
    let page = ada.send("HEAD", &format!("/execute/{mirror}"), None).expect(201);
    assert_eq!((page.body.as_str(), page.header("x-total")), ("", Some("7")));
    is_kept_apart(&page);
    // A browser may fetch it by a script that has a token, and load it in no other way.
    for (name, value, status) in [
        ("sec-fetch-dest", "empty", 201),
        ("sec-fetch-dest", "document", 403),
        ("sec-fetch-dest", "script", 403),
        ("service-worker", "script", 403),
    ] {
        let url = ada.url(&format!("/execute/{mirror}/sw.js"));
        let headers = [("authorization", bearer.as_str()), (name, value)];
        web::send("GET", &url, &headers, None).expect(status);
    }
    let empty = ada.deploy("empty", "response(404, \"none\")");
    is_kept_apart(&ada.send("GET", &format!("/execute/{empty}"), None).expect(404));
}

/// Whatever it is, a browser saves it and runs nothing of it.
#[track_caller]
fn is_kept_apart(page: &Page) {
    for (name, value) in [
        ("content-disposition", "attachment"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{page:?}");
        let lines = page.head.lines().filter(|line| line.to_lowercase().starts_with(name));
        assert_eq!(lines.count(), 1, "{page:?}");
    }
}

fn who_may(ada: &Program<'_>, mirror: &str) {
    let server = ada.server;
    let (execute, test) = (format!("/execute/{mirror}"), format!("/functions/{mirror}/test"));
    let refused = |who: &Program<'_>, status, code| {
        problem(who.send("GET", &execute, None), status, code);
        problem(who.send("POST", &test, Some(&json!({}))), status, code);
    };
    refused(&Program { server, token: "croft_tok_x".into() }, 401, "unauthenticated");
    refused(&Program::sign_up(server, "eve@example.com"), 404, "not_found");

    let team = ada.ask("GET", "/me", None)["teams"][0]["id"].as_str().unwrap().to_owned();
    let viewer = Program::sign_up(server, "vera@example.com");
    let invited =
        ada.ask("POST", &format!("/teams/{team}/invitations"), Some(&json!({ "role": "viewer" })));
    let secret = invited["link"].as_str().unwrap().rsplit_once('#').unwrap().1.to_owned();
    viewer.ask("POST", "/invitations/accept", Some(&json!({ "secret": secret })));
    refused(&viewer, 403, "forbidden");

    let token = |scope: &str| {
        let body = json!({ "name": scope, "scopes": [scope] });
        let made = ada.ask("POST", &format!("/teams/{team}/tokens"), Some(&body));
        Program { server, token: made["secret"].as_str().unwrap().to_owned() }
    };
    refused(&token("read"), 403, "forbidden");
    token("write").send("GET", &execute, None).expect(201);
    problem(ada.send("GET", "/execute/fn_nothing", None), 404, "not_found");
}

/// Neither alone, nor beside a key; and what is told says what to do instead.
fn a_cookie_is_not_taken(ada: &Program<'_>, mirror: &str) {
    let control = ada.server.url("croft.localhost", "");
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let origin = ("origin", control.as_str());
    let session =
        web::send("POST", &format!("{control}/api/v1/session"), &[origin], Some(&body)).expect(200);
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = format!("{control}/api/v1/me");
    web::send("GET", &me, &[("cookie", &cookie)], None).expect(200);
    for path in ["", "/", "/index.html"] {
        let url = format!("{control}/api/v1/execute/{mirror}{path}");
        for method in ["GET", "POST", "PURGE"] {
            for more in [origin, ("x-api-key", &ada.token)] {
                let page = web::send(method, &url, &[("cookie", &cookie), more], None);
                let page = problem(page, 401, "unauthenticated");
                assert!(field(&page, "detail").contains("cookie is not taken here"), "{page:?}");
            }
        }
    }
    // The dashboard's own way takes it, from the dashboard's own pages only.
    let test = format!("{control}/api/v1/functions/{mirror}/test");
    let by_page = [("cookie", cookie.as_str()), origin];
    let page = web::send("POST", &test, &by_page, Some(&json!({ "path": "/try" }))).expect(200);
    assert_eq!(page.header("content-type"), Some("application/json"));
    problem(web::send("POST", &test, &by_page[..1], Some(&json!({}))), 403, "csrf");
}

fn a_failure_tells_members_only(ada: &Program<'_>) {
    let broken = ada.deploy("broken", BROKEN);
    let page =
        problem(ada.send("GET", &format!("/execute/{broken}"), None), 500, "function_failed");
    assert!(!page.body.contains("secret detail"), "{page:?}");
    let id = page.header("croft-request-id").unwrap();
    assert_eq!(field(&page, "request_id"), id);

    let tried = ada.test(&broken, &json!({}));
    assert_eq!((&tried["status"], &tried["outcome"]), (&json!(500), &json!("threw")), "{tried}");
    let error = &tried["error"];
    assert!(error["message"].as_str().unwrap().contains("secret detail"), "{tried}");
    assert_eq!(error["line"], 1, "{tried}");
    assert_eq!(error["stack"][0]["function"], "inner", "{tried}");
    assert_eq!(tried["log"], json!([{ "level": "warn", "text": "about to" }]));
    assert_eq!((&tried["body"], &tried["headers"]), (&json!(""), &json!([])));
}

fn a_try_tells_all(ada: &Program<'_>, mirror: &str) {
    let request = json!({
        "method": "put", "path": "/a", "query": "x=1", "body": "aGk=", "base64": true,
        "headers": [["Cookie", "theme=dark"], ["croft-request-id", "forged"]],
    });
    let tried = ada.test(mirror, &request);
    assert_eq!((&tried["status"], &tried["outcome"]), (&json!(201), &json!("returned")), "{tried}");
    let names = tried["headers"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap());
    assert!(
        names.clone().any(|name| name == "set-cookie"),
        "as text all of them are shown: {tried}"
    );
    assert_eq!(tried["log"], json!([{ "level": "info", "text": "seen /a" }]));
    let seen: Value = serde_json::from_str(tried["body"].as_str().unwrap()).unwrap();
    assert_eq!((&seen["method"], &seen["body"]), (&json!("PUT"), &json!("hi")));
    assert_eq!(seen["cookies"]["theme"], "dark");
    assert_ne!(seen["headers"]["croft-request-id"], "forged");

    let bytes = ada.test(mirror, &json!({ "source": "let b = blob(2, 255); b" }));
    assert_eq!((&bytes["body"], &bytes["base64"]), (&json!("//8="), &json!(true)), "{bytes}");
    let wrong = ada.test(mirror, &json!({ "source": "let a = ;" }));
    assert_eq!(
        (&wrong["outcome"], &wrong["error"]["line"]),
        (&json!("threw"), &json!(1)),
        "{wrong}"
    );
    let again = ada.test(mirror, &json!({}));
    assert_eq!(again["status"], 201, "what was tried is not deployed");
    let test = format!("/functions/{mirror}/test");
    for body in [
        json!({ "path": "a" }),
        json!({ "path": "/a?b" }),
        json!({ "path": "/a b" }),
        json!({ "method": "A B" }),
        json!({ "headers": [["a b", "c"]] }),
        json!({ "body": "%", "base64": true }),
        json!({ "source": "\0" }),
    ] {
        problem(ada.send("POST", &test, Some(&body)), 422, "invalid");
    }
    let large = json!({ "body": "x".repeat(2 << 20) });
    problem(ada.send("POST", &test, Some(&large)), 413, "payload_too_large");
}

fn the_command_line_calls_it(server: &Server, email: &str) {
    let ada = Terminal::signed_in(server, email, PASSWORD);
    let call = |name: &str, more: &[&str]| {
        let args = ["function", "call", name, "--project", "blog"];
        ada.croft(&[&args[..], more].concat())
    };
    let more = ["--path", "/cli?x=1", "--header", "x-mine: yes", "--data", "hi"];
    let done = call("mirror", &more).ok().says(&["201 in ", "info seen /cli"]);
    let seen = done.json();
    assert_eq!((&seen["method"], &seen["body"]), (&json!("POST"), &json!("hi")));
    assert_eq!((&seen["headers"]["x-mine"], &seen["query"]["x"]), (&json!("yes"), &json!(["1"])));
    let told = call("mirror", &["--method", "delete", "--output", "json"]).ok().json();
    assert_eq!((&told["status"], &told["outcome"]), (&json!(201), &json!("returned")));

    call("empty", &[]).code(7).says(&["404 in ", "empty answered 404"]);
    let failed = call("broken", &[]).code(7).says(&[
        "500 in ",
        "warn about to",
        "secret detail",
        "(line 1, column ",
    ]);
    assert_eq!(failed.out, "");
    call("nothing", &[]).code(4);
    call("mirror", &["--path", "nothing"]).code(2);
}

fn a_deadline_ends_it(ada: &Program<'_>) {
    let team = ada.ask("GET", "/me", None)["teams"][0]["id"].as_str().unwrap().to_owned();
    let limits = json!({ "limits": { "call_time_ms": 1000 } });
    ada.ask("PATCH", &format!("/admin/teams/{team}/limits"), Some(&limits));
    let endless = ada.deploy("endless", ENDLESS);
    problem(ada.send("GET", &format!("/execute/{endless}"), None), 504, "function_timeout");
    let tried = ada.test(&endless, &json!({}));
    assert_eq!((&tried["status"], &tried["outcome"]), (&json!(504), &json!("exceeded")), "{tried}");
    assert!(tried["error"]["message"].as_str().unwrap().contains("1000 ms"), "{tried}");
}

fn it_is_written_down(ada: &Program<'_>, mirror: &str) {
    let page = ada.send("DELETE", &format!("/execute/{mirror}/last"), None).expect(201);
    let id = page.header("croft-request-id").unwrap();
    // Calls are written down in batches.
    let call = until("the call in the log", || {
        let page = ada.ask("GET", "/projects/blog/invocations?limit=200", None);
        let items = page["items"].as_array().unwrap();
        items.iter().find(|call| call["request_id"] == id).cloned()
    });
    assert_eq!((&call["function"], &call["path"]), (&json!("mirror"), &json!("/last")));
    assert_eq!((&call["method"], &call["status"]), (&json!("DELETE"), &json!(201)));
    assert_eq!(call["trigger"], "execute");
}

fn a_deleted_project_is_not_found(ada: &Program<'_>, mirror: &str) {
    let execute = format!("/execute/{mirror}");
    ada.send("GET", &execute, None).expect(201);
    ada.ask("DELETE", "/projects/blog", None);
    problem(ada.send("GET", &execute, None), 404, "not_found");
    let test = format!("/functions/{mirror}/test");
    problem(ada.send("POST", &test, Some(&json!({}))), 404, "not_found");
    ada.ask("POST", "/projects/blog/restore", Some(&json!({})));
    ada.send("GET", &execute, None).expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_what_called_it() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let project = ada.project("Blog").await;
    let at = format!("/projects/{project}/functions/hello");
    let made = ada.put(&at, json!({ "source": "\"hi \" + ctx.path" })).await.expect(200);
    let function = made.text("id");
    let answer = ada.send(Method::GET, &format!("/execute/{function}/a"), None).await.expect(200);
    assert_eq!(answer.json, "hi /a");
    let tried = ada.post(&format!("/functions/{function}/test"), json!({ "path": "/b" })).await;
    assert_eq!(tried.expect(200).text("body"), "hi /b");
    let calls = world.calls.all();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.trigger.as_str(), call.path.as_str(), call.status, call.outcome.as_str()))
        .collect();
    assert_eq!(seen, [("execute", "/a", 200, "returned"), ("test", "/b", 200, "returned")]);
    assert!(calls.iter().all(|call| call.function.to_string() == function));
}
