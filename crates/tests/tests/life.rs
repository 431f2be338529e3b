//! The life of an installation, seen from outside: starts, ends, kills, and what stops a start.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use croft_model::id::ProjectId;
use croft_ports::entropy::SystemEntropy;
use croft_providers::postgres::{ConnectInfo, made_database};
use croft_store::{KeyRing, Purpose, Store};
use croft_tests::{
    elsewhere::{Elsewhere, sql},
    server::{Server, Terminal, processes, web},
    world::PASSWORD,
};
use rustix::process::Pid;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const EMAIL: &str = "ada@example.com";

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

/// A server whose first account is made.
fn started() -> Server {
    let mut server = Server::new();
    server.start();
    set_up(&server);
    server
}

fn set_up(server: &Server) {
    server.croft(&["admin", "setup", "--email", EMAIL, "--password-stdin"], PASSWORD);
}

fn ada(server: &Server) -> Terminal {
    Terminal::signed_in(server, EMAIL, PASSWORD)
}

fn has_project(server: &Server, slug: &str) {
    assert_eq!(ada(server).json(&["project", "show", slug])["slug"], slug);
}

fn healthz(server: &Server) -> web::Page {
    web::get(&server.url("127.0.0.1", "/healthz"))
}

#[test]
fn a_data_directory_lives_through_every_end() {
    let mut server = Server::new();
    server.start();
    first_answers(&server);
    one_croft_for_a_directory(&server);
    the_set_up_link_works_once(&mut server);
    ada(&server).croft(&["project", "create", "Blog"]).ok();

    let postgres = fs::read_to_string(server.postmaster_note()).unwrap();
    server.kill();
    server.start();
    has_project(&server, "blog");
    assert_eq!(fs::read_to_string(server.postmaster_note()).unwrap(), postgres, "was adopted");

    let children = children(&server);
    server.interrupt();
    processes::wait_for_end(&children);
    server.start();
    has_project(&server, "blog");
    stop_from_outside(&mut server);
}

/// What it started: executors, and Postgres if it did not find one.
fn children(server: &Server) -> Vec<Pid> {
    let children = processes::children_of(server.pid());
    assert!(!children.is_empty());
    children
}

fn first_answers(server: &Server) {
    assert_eq!(healthz(server).expect(200).body, "ok");
    let version = web::get(&server.url("127.0.0.1", "/version")).expect(200).body;
    assert_eq!(version, json!({ "version": env!("CARGO_PKG_VERSION") }).to_string());
    let metrics = web::get(&server.url("127.0.0.1", "/metrics")).expect(200).body;
    assert!(metrics.contains("\ncroft_http_requests_total{"), "{metrics}");
    let hello = web::get(&server.url("localhost", "/hello")).expect(200);
    assert_eq!(hello.body, "Hello, World!\n");
}

fn one_croft_for_a_directory(server: &Server) {
    let pid = format!("(pid {})", server.pid().as_raw_nonzero());
    let folder = server.folder().to_str().unwrap();
    let second = server.attempt(&["serve"], "").code(1);
    second.says(&[folder, "is in use by another Croft", &pid, "Stop that one first"]);
    assert_eq!(healthz(server).expect(200).body, "ok");
}

fn the_set_up_link_works_once(server: &mut Server) {
    let first = server.setup_link().unwrap().to_owned();
    let postgres = fs::read_to_string(server.postmaster_note()).unwrap();
    server.terminate();
    assert!(!server.postgres().is_empty(), "Postgres stays for the next start");
    server.start();
    assert_eq!(fs::read_to_string(server.postmaster_note()).unwrap(), postgres, "was adopted");

    let second = server.setup_link().unwrap().to_owned();
    let url = server.url("croft.localhost", "/setup#");
    assert!(second.starts_with(&url) && second != first, "{first} then {second}");
    link_is_refused(server, &first);
    use_link(server, &second).expect(201);
    link_is_refused(server, &second);
    server.terminate();
    server.start();
    assert_eq!(server.setup_link(), None);
    link_is_refused(server, &second);
}

fn link_is_refused(server: &Server, link: &str) {
    let answer = use_link(server, link).expect(403);
    assert!(answer.body.contains("this set-up link is not good"), "{answer:?}");
}

fn use_link(server: &Server, link: &str) -> web::Page {
    let (_, secret) = link.split_once('#').unwrap();
    let body = json!({ "secret": secret, "email": EMAIL, "password": PASSWORD });
    let origin = server.url("croft.localhost", "");
    let url = format!("{origin}/api/v1/setup");
    web::send("POST", &url, &[("origin", &origin)], Some(&body))
}

fn stop_from_outside(server: &mut Server) {
    server.attempt(&["stop"], "").ok();
    server.ended();
    assert!(!server.postgres().is_empty(), "Postgres stays");
    server.attempt(&["stop"], "").ok().says(&["no Croft runs in"]);
    server.attempt(&["stop", "--all"], "").ok();
    assert_eq!(processes::at_work_in(server.folder()), []);

    server.start();
    has_project(server, "blog");
    let children = children(server);
    server.attempt(&["stop", "--all"], "").ok();
    server.ended();
    processes::wait_for_end(&children);
    assert_eq!(processes::at_work_in(server.folder()), []);
}

#[test]
fn croft_goes_on_by_itself_when_postgres_is_back() {
    let server = started();
    let person = ada(&server);
    let postmaster = || {
        let note = fs::read_to_string(server.postmaster_note()).ok()?;
        Pid::from_raw(note.lines().next()?.parse().ok()?)
    };
    let before = postmaster().unwrap();
    processes::kill(&[before]);
    until("another Postgres", || postmaster().filter(|now| *now != before));
    until("health", || (healthz(&server).status == 200).then_some(()));
    person.croft(&["project", "create", "After"]).ok();

    // Out of reach for longer: it cannot be started where it is not.
    let data = server.folder().join("postgres/system");
    let aside = server.folder().join("postgres/aside");
    fs::rename(&data, &aside).unwrap();
    processes::kill(&server.postgres());
    let sick = until("sickness", || Some(healthz(&server)).filter(|page| page.status == 503));
    assert!(sick.body.contains("the database does not answer"), "{sick:?}");
    let hello = web::get(&server.url("localhost", "/hello")).expect(200);
    assert_eq!(hello.body, "Hello, World!\n", "functions answer without the database");
    fs::rename(&aside, &data).unwrap();
    until("health again", || (healthz(&server).status == 200).then_some(()));
    person.croft(&["project", "show", "after"]).ok();
}

#[test]
fn a_start_that_could_lose_data_is_refused() {
    let mut server = started();
    ada(&server).croft(&["project", "create", "Blog"]).ok();
    server.interrupt();
    other_keys_are_refused(&server);
    server.start();
    has_project(&server, "blog");
    newer_schemas_are_refused(&mut server);
    server.start();
    has_project(&server, "blog");
    server.interrupt();
}

fn other_keys_are_refused(server: &Server) {
    let path = server.folder().join("keys/master.key");
    let place = path.to_str().unwrap();
    let key = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let missing = [&*format!("no master key at {place}"), "Nothing was changed"];
    server.attempt(&["serve"], "").code(1).says(&missing);
    assert!(!path.exists(), "no new key is made over existing data");
    let setup = ["admin", "reset-password", "--email", EMAIL, "--password-stdin"];
    server.attempt(&setup, PASSWORD).code(1).says(&missing);
    assert!(!path.exists(), "no new key is made over existing data");

    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    write_key(&path, other, 0o600);
    let refused = server.attempt(&["serve"], "").code(1);
    refused.says(&["sealed with master key", "Nothing was changed"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), other);

    write_key(&path, &key, 0o644);
    server.attempt(&["serve"], "").code(1).says(&["can be read by others", "chmod 600", place]);
    write_key(&path, "no key\n", 0o600);
    server.attempt(&["serve"], "").code(2).says(&["master_key_file", place, "base64"]);
    write_key(&path, &key, 0o600);
    assert_eq!(processes::at_work_in(server.folder()), [], "a refused start leaves nothing");
}

fn write_key(path: &std::path::Path, key: &str, mode: u32) {
    fs::write(path, key).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn newer_schemas_are_refused(server: &mut Server) {
    server.terminate();
    let (applied, future) = (server.superuser(), 99_990_101_000_000_i64);
    sql(
        &applied,
        &format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES ({future}, 'of a later Croft', true, '', 0)"
        ),
    );
    let refused = server.attempt(&["serve"], "").code(1);
    refused.says(&["newer Croft", &future.to_string(), "nothing was changed"]);
    assert!(!server.postgres().is_empty(), "what was running before the start still runs");
    sql(&applied, &format!("DELETE FROM _sqlx_migrations WHERE version = {future}"));
}

#[test]
fn nothing_is_begun_when_the_settings_or_the_port_are_no_good() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut server = Server::new();
    server.set("CROFT_LISTEN", &address);
    let refused = server.attempt(&["serve"], "").code(1);
    refused.says(&[&format!("cannot listen on {address}"), "--listen", "CROFT_LISTEN"]);

    let key = server.folder().join("keys/master.key");
    server.set("CROFT_MODE", "production");
    server.set("CROFT_MASTER_KEY_FILE", key.to_str().unwrap());
    server.set("CROFT_PUBLIC_URL", "http://croft.example.com");
    server.set("CROFT_TRUSTED_PROXIES", "0.0.0.0/0");
    let refused = server.attempt(&["serve"], "").code(2);
    refused.says(&[
        "settings to put right",
        "domain: production needs the name people reach it by",
        "public_url: its host must be the control host",
        "trusted_proxies: 0.0.0.0/0 lets everybody claim any address",
        "lies below data_dir",
        "there is none; make it with",
    ]);
    assert_eq!(fs::read_dir(server.folder()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn what_the_console_does_holds_with_and_without_a_server() {
    let mut server = Server::new();
    set_up(&server);
    assert_eq!(processes::at_work_in(server.folder()), [], "it ends what it started");
    let setup = ["admin", "setup", "--email", EMAIL, "--password-stdin"];
    server.attempt(&setup, PASSWORD).code(1).says(&["an account already", "reset-password"]);
    server.attempt(&setup, "short").code(2).says(&["password"]);

    server.start();
    assert_eq!(server.setup_link(), None);
    let person = ada(&server);
    let project = person.json(&["project", "create", "Blog"]);
    person.croft_with(&["env", "set", "KEY", "--secret", "--project", "blog"], "quince").ok();
    passwords(&server, &person);
    let old = server.attempt(&["admin", "key", "export"], "").ok().out;
    let refused = server.attempt(&["admin", "key", "rotate"], "").code(1);
    refused.says(&["stop Croft first"]);
    assert_eq!(secret(&server, &old, &project).unwrap(), "quince");
    server.interrupt();

    server.attempt(&["admin", "key", "rotate"], "").ok();
    assert_eq!(processes::at_work_in(server.folder()), [], "it ends what it started");
    let new = fs::read_to_string(server.folder().join("keys/master.key")).unwrap();
    assert_eq!(new.lines().count(), 1, "the old key is gone");
    assert_ne!(new, old);
    assert_eq!(server.attempt(&["admin", "key", "export"], "").ok().out, new);
    reset_password(&server, PASSWORD);
    server.start();
    has_project(&server, "blog");
    assert_eq!(secret(&server, &new, &project).unwrap(), "quince");
    secret(&server, &old, &project).unwrap_err();
    server.interrupt();
}

fn passwords(server: &Server, person: &Terminal) {
    let other = "other moss, other stones";
    reset_password(server, other);
    person.croft(&["whoami"]).code(3).says(&["croft login"]);
    let login = ["login", &server.client().server(), "--email", EMAIL, "--password-stdin"];
    person.croft_with(&login, PASSWORD).code(3);
    person.croft_with(&login, other).ok();
    let nobody = ["admin", "reset-password", "--email", "nobody@example.com", "--password-stdin"];
    server.attempt(&nobody, other).code(1).says(&["there is no account nobody@example.com"]);
}

fn reset_password(server: &Server, password: &str) {
    let reset = ["admin", "reset-password", "--email", EMAIL, "--password-stdin"];
    server.attempt(&reset, password).ok();
}

/// The project's one secret, opened with this key as the processes of its environment have it.
fn secret(server: &Server, key: &str, project: &Value) -> Result<String, croft_store::Error> {
    let id = |field: &str| project[field].as_str().unwrap();
    let made = made_database(server.folder(), "system", "croft").unwrap().unwrap();
    let settings = croft_store::Settings {
        url: made.url().expose_secret().to_owned().into(),
        connections: 1,
        keys: KeyRing::parse(key).unwrap(),
    };
    Runtime::new().unwrap().block_on(async {
        let store = Store::connect(settings, Arc::new(SystemEntropy)).await.unwrap();
        let project: ProjectId = id("id").parse().unwrap();
        let mut tx = store.system(Purpose::Routes).await?;
        let opened = tx.production(&[project.uuid()]).await?.remove(&project.uuid()).unwrap()?;
        Ok(opened.values[0].1.to_string())
    })
}

/// Starts Croft on that database, and ends it; gives the statements it asked for, which are run
/// as the superuser.
fn start_there(elsewhere: &Elsewhere, database: &ConnectInfo) -> Option<String> {
    let mut server = Server::new();
    server.set("CROFT_DATABASE_URL", database.url().expose_secret());
    let asked = server.attempt(&["config", "check"], "").ok();
    assert!(!asked.out.contains("pw@"), "a password is shown: {asked:?}");
    // A command of the console needs the same and, unlike a server, ends.
    let command = ["admin", "reset-password", "--email", EMAIL, "--password-stdin"];
    let asked = server.attempt(&command, PASSWORD).code(1);
    let asked = asked.err.split_once("Have a superuser run:\n").map(|(_, statements)| {
        let (statements, _) = statements.split_once("and start again").unwrap();
        let name = database.database.clone();
        sql(&ConnectInfo { database: name, ..elsewhere.superuser().clone() }, statements);
        statements.to_owned()
    });
    server.start();
    assert!(server.setup_link().is_some());
    assert_eq!(healthz(&server).expect(200).body, "ok");
    server.interrupt();
    assert!(!server.folder().join("postgres").exists(), "no private Postgres");
    asked
}

#[test]
fn a_postgres_of_ones_own_is_used_as_it_allows() {
    let elsewhere = Elsewhere::new();
    let strong = elsewhere.give("strong", "SUPERUSER");
    assert_eq!(start_there(&elsewhere, &strong), None);
    elsewhere.forget("strong");

    let plain = elsewhere.give("plain", "");
    let asked = start_there(&elsewhere, &plain).unwrap();
    for role in ["croft_owner", "croft_app", "croft_system"] {
        assert!(asked.contains(&format!("CREATE ROLE {role} NOLOGIN")), "{asked}");
        assert!(asked.contains(&format!("GRANT {role} TO plain")), "{asked}");
    }
    elsewhere.forget("plain");

    // Before version 16 such a role may not make `croft_system`, which passes row-level security.
    let maker = elsewhere.give("maker", "CREATEROLE BYPASSRLS");
    let asked = start_there(&elsewhere, &maker).unwrap_or_default();
    assert!(!asked.contains("CREATE ROLE croft_app"), "asked for what it may itself: {asked}");
}

#[test]
fn production_logs_are_for_programs_and_hold_no_key() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut server = Server::new();
    server.set("CROFT_MODE", "production");
    server.set("CROFT_DOMAIN", "example.test");
    server.set("CROFT_APPS_DOMAIN", "apps.example.net");
    server.set("CROFT_LISTEN", &format!("127.0.0.1:{port}"));
    server.set("CROFT_MASTER_KEY", key);
    server.start();
    let pid = server.pid().as_raw_nonzero();
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environ).contains(key));

    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let url = format!("http://croft.example.test:{port}/api/v1/me");
    let answer = web::send("GET", &url, &[("traceparent", &parent)], None).expect(401);
    let request = answer.header("croft-request-id").unwrap().to_owned();
    server.interrupt();

    let log = fs::read_to_string(server.log()).unwrap();
    assert!(!log.contains(key));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["span"]["request.id"] == *request);
    let answered = answered.unwrap_or_else(|| panic!("no line of {request}: {log}"));
    assert_eq!(answered["span"]["trace_id"], trace, "{answered}");
    assert_eq!(answered["http.status"], 401, "{answered}");
    assert_eq!(answered["level"], "INFO", "{answered}");
}
