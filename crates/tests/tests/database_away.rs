//! Croft without its database: after a restart functions answer by the routes that were kept, what
//! needs the database says so, and all of it is back by itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use croft_tests::{
    elsewhere::Elsewhere,
    server::{Server, Terminal, web},
    world::PASSWORD,
};
use secrecy::ExposeSecret;
use serde_json::Value;

const EMAIL: &str = "ada@example.com";
const TONE: &str = r#"print("asked"); env("TONE") + " " + ctx.params.name"#;

/// Waits for something to be.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn ada(server: &Server) -> Terminal {
    Terminal::signed_in(server, EMAIL, PASSWORD)
}

fn deploy(person: &Terminal, source: &str) -> Value {
    fs::write(person.home().join("tone.rhai"), source).unwrap();
    let args = ["function", "deploy", "tone.rhai", "--project", "blog", "--name", "tone"];
    person.json(&[&args[..], &["--route", "GET /tone/:name"]].concat())
}

/// An account, a project, and a function that answers with a secret; the host where.
fn with_a_function(server: &Server) -> String {
    server.croft(&["admin", "setup", "--email", EMAIL, "--password-stdin"], PASSWORD);
    let person = ada(server);
    person.croft(&["project", "create", "Blog"]).ok();
    person.croft_with(&["env", "set", "TONE", "--secret", "--project", "blog"], "warm").ok();
    let url = deploy(&person, TONE)["url"].as_str().unwrap().to_owned();
    let host = url.strip_prefix("http://").unwrap().split(':').next().unwrap().to_owned();
    says(server, &host, "warm moss");
    host
}

/// Waits until the function answers so; the request's id.
#[track_caller]
fn says(server: &Server, host: &str, wanted: &str) -> String {
    let url = server.url(host, "/tone/moss");
    let answer = until(wanted, || {
        let answer = web::get(&url);
        (answer.status == 200 && answer.body == wanted).then_some(answer)
    });
    answer.header("croft-request-id").unwrap().to_owned()
}

/// Functions answer and what needs the database says that it is not there; the request's id of a
/// function's call.
#[track_caller]
fn without_database(server: &Server, host: &str) -> String {
    let url = server.url(host, "/tone/moss");
    let answer = web::get(&url).expect(200);
    assert_eq!(answer.body, "warm moss", "at once, with its secret");
    for path in ["/healthz", "/api/v1/me", "/api/v1/session", "/api/v1/projects/blog"] {
        let told = web::get(&server.url("127.0.0.1", path)).expect(503);
        assert_eq!(told.header("content-type"), Some("application/problem+json"));
        assert_eq!(told.header("retry-after"), Some("1"));
        let problem: Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(problem["code"], "unavailable", "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("the database does not answer"), "{detail}");
        assert!(detail.contains("Functions answer"), "{detail}");
    }
    let made = web::send("POST", &server.url("127.0.0.1", "/api/v1/projects"), &[], None);
    assert_eq!(made.status, 503);
    for path in ["/version", "/metrics"] {
        web::get(&server.url("127.0.0.1", path)).expect(200);
    }
    let page = [("accept", "text/html")];
    web::send("GET", &server.url("croft.localhost", "/"), &page, None).expect(200);
    answer.header("croft-request-id").unwrap().to_owned()
}

fn healthy(server: &Server) {
    let health = || web::get(&server.url("127.0.0.1", "/healthz"));
    until("health", || Some(health()).filter(|page| page.status == 200));
}

#[test]
fn functions_answer_after_a_restart_without_the_database_and_all_comes_back() {
    let elsewhere = Elsewhere::new();
    let database = elsewhere.give("croft", "SUPERUSER");
    let mut server = Server::new();
    server.set("CROFT_DATABASE_URL", database.url().expose_secret());
    server.start();
    let host = with_a_function(&server);
    server.terminate();
    // As a kill within a write leaves it.
    fs::write(server.folder().join("routes.kept.new"), "croft routes").unwrap();

    elsewhere.stop();
    server.start();
    without_database(&server, &host);
    server.kill();
    server.start();
    let call = without_database(&server, &host);
    let second = server.attempt(&["serve"], "").code(1);
    second.says(&["is in use by another Croft"]);

    elsewhere.start();
    healthy(&server);
    let person = ada(&server);
    let logs = ["function", "logs", "tone", "--project", "blog"];
    let row = until("the call in the log", || {
        let page = person.json(&logs);
        let items = page["items"].as_array().unwrap();
        items.iter().find(|row| row["request_id"] == *call).cloned()
    });
    assert_eq!(row["log"][0]["text"], "asked", "made while the database was away");
    deploy(&person, r#""cold " + ctx.params.name"#);
    says(&server, &host, "cold moss");

    // Away again: what is kept now is the later version.
    server.terminate();
    elsewhere.stop();
    server.start();
    says(&server, &host, "cold moss");
    server.terminate();
    a_damaged_file_is_none(&mut server);
    elsewhere.start();
    server.start();
    healthy(&server);
    says(&server, &host, "cold moss");
    server.interrupt();
}

/// Then a start without the database is what it is without a kept table.
fn a_damaged_file_is_none(server: &mut Server) {
    let path = server.folder().join("routes.kept");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let refused = server.attempt(&["serve"], "").code(1);
    refused.says(&["the kept routes are not used", "it is damaged", "cannot connect to Postgres"]);
    fs::remove_file(&path).unwrap();
    server.attempt(&["serve"], "").code(1).says(&["cannot connect to Postgres"]);
}

#[test]
fn a_private_postgres_that_does_not_come_up_is_waited_for() {
    let mut server = Server::new();
    server.start();
    let host = with_a_function(&server);
    server.interrupt();
    let version = server.folder().join("postgres/system/PG_VERSION");
    let aside = server.folder().join("postgres/aside");
    fs::rename(&version, &aside).unwrap();
    server.start();
    without_database(&server, &host);
    fs::rename(&aside, &version).unwrap();
    healthy(&server);
    ada(&server).croft(&["project", "show", "blog"]).ok();
    says(&server, &host, "warm moss");
    // What was started late ends with the rest.
    server.interrupt();
}
