//! The client's commands, as scripts see them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod support;

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use support::{Done, Person, Server, answer, json as ok, me, nothing, problem, project, until};

#[test]
fn exit_codes_say_what_kind_of_failure_it_was() {
    for (status, code) in
        [(400, 2), (401, 3), (404, 4), (403, 5), (429, 5), (409, 6), (422, 2), (500, 1)]
    {
        let person = Person::new();
        let server = Server::answering(vec![problem(status, "some", "Do this next.")]);
        person.is_signed_in(&server.url);
        let done = person.croft(&["whoami"]);
        assert_eq!(done.code, code, "{status}: {done:?}");
        assert!(done.err.starts_with("croft: No: Do this next."), "{}", done.err);
        assert_eq!(done.out, "");
        server.requests();
    }
    let person = Person::new();
    assert_eq!(person.croft(&["project", "create"]).code, 2);
    assert_eq!(person.croft(&["nonsense"]).code, 2);
    assert_eq!(person.croft(&[]).code, 2);
    assert_eq!(person.croft(&["--help"]).code, 0);
    let done = person.croft(&["whoami", "--server", "http://croft.localhost:9"]);
    assert_eq!(done.code, 3);
    assert!(done.err.contains("run: croft login http://croft.localhost:9"), "{}", done.err);
    let done = person.croft(&["whoami"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("croft login URL"), "{}", done.err);
}

#[test]
fn with_json_the_servers_problem_is_passed_on() {
    let person = Person::new();
    let server = Server::answering(vec![problem(404, "not_found", "No such project.")]);
    person.is_signed_in(&server.url);
    let done = person.croft(&["project", "show", "blog", "--output", "json"]);
    let told: serde_json::Value = serde_json::from_str(&done.err).unwrap();
    assert_eq!((done.code, &told["code"], &told["status"]), (4, &json!("not_found"), &json!(404)));
    assert_eq!(told["request_id"], "req_1");
    server.requests();
}

#[test]
fn signing_in_is_kept_for_that_server_and_forgotten_again() {
    let person = Person::new();
    let server = Server::answering(vec![
        ok(&json!({"me": me(), "token": "croft_ses_new"})),
        ok(&me()),
        nothing(),
    ]);
    let login = ["login", &server.url, "--email", "ada@example.com", "--password-stdin"];
    let done = person.croft_with(&login, &[], "four blunt mossy stones\n");
    assert_eq!(done.code, 0, "{}", done.err);
    let kept = person.folder().join(".config/croft/credentials.toml");
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("croft_ses_new"));
    assert!(!(done.out + &done.err).contains("croft_ses_new"));

    assert_eq!(person.croft(&["whoami", "--output", "json"]).json()["email"], "ada@example.com");
    assert_eq!(person.croft(&["logout"]).code, 0);
    assert!(!std::fs::read_to_string(&kept).unwrap().contains("croft_ses_new"));

    let requests = server.requests();
    assert!(requests[0].starts_with("POST /api/v1/session "), "{}", requests[0]);
    assert!(requests[0].contains(r#""password":"four blunt mossy stones","transport":"bearer"}"#));
    assert!(!requests[0].contains("authorization"));
    assert!(requests[1].contains("authorization: Bearer croft_ses_new"));
    assert!(requests[2].starts_with("DELETE /api/v1/session "));
}

#[test]
fn a_password_is_never_taken_from_the_command_line() {
    let person = Person::new();
    let login = ["login", "http://croft.localhost:9", "--email", "ada@example.com"];
    assert_eq!(person.croft(&[&login[..], &["--password", "x"]].concat()).code, 2);
    let done = person.croft(&login);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("--password-stdin"), "{}", done.err);
    let done = person.croft(&["env", "set", "KEY=hunter2", "--secret", "--project", "blog"]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(!done.err.contains("hunter2"));
}

#[test]
fn a_token_goes_only_where_it_belongs() {
    // A croft.toml that came with somebody's repository names a server of theirs.
    let person = Person::new();
    let server = Server::answering(vec![ok(&me())]);
    let link = format!("project = \"blog\"\nserver = \"{}\"\n", server.url);
    std::fs::write(person.folder().join("croft.toml"), link).unwrap();
    person.is_signed_in("http://croft.localhost:9");
    let done = person.croft(&["whoami"]);
    assert_eq!(done.code, 3, "{}", done.err);
    let done = person.croft_with(&["whoami"], &[("CROFT_TOKEN", "croft_tok_x")], "");
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains("CROFT_URL"), "{}", done.err);
    // Only when both are given by hand.
    let env = [("CROFT_TOKEN", "croft_tok_x"), ("CROFT_URL", server.url.as_str())];
    assert_eq!(person.croft_with(&["whoami"], &env, "").code, 0);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains("authorization: Bearer croft_tok_x"));
}

#[test]
fn a_function_is_deployed_by_the_fixed_command_line() {
    let person = Person::new();
    let function = json!({
        "id": "fn_aaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "hello",
        "version_id": "ver_aaaaaaaaaaaaaaaaaaaaaaaaaa", "version": 1, "source": "\"hi\"",
        "routes": [{"id": "rte_aaaaaaaaaaaaaaaaaaaaaaaaaa", "method": "GET", "path": "/hello/:name"}],
        "url": "http://localhost:8080/hello/:name", "deployed_at": "2026-01-02T03:04:05Z",
    });
    let server = Server::answering(vec![ok(&function)]);
    person.is_signed_in(&server.url);
    std::fs::write(person.folder().join("hello.rhai"), "\"hi\"").unwrap();
    let done = person.croft(&[
        "function",
        "deploy",
        "hello.rhai",
        "--project",
        "blog",
        "--name",
        "hello",
        "--route",
        "GET /hello/:name",
        "--output",
        "json",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["url"], "http://localhost:8080/hello/:name");
    let request = server.requests().remove(0);
    assert!(request.starts_with("PUT /api/v1/projects/blog/functions/hello "), "{request}");
    assert!(
        request
            .ends_with(r#"{"source":"\"hi\"","routes":[{"method":"GET","path":"/hello/:name"}]}"#)
    );
}

#[test]
fn a_linked_folder_needs_no_project() {
    let person = Person::new();
    let server = Server::answering(vec![
        ok(&project("Blog")),
        ok(&json!({"items": []})),
        ok(&json!({"items": []})),
    ]);
    person.is_signed_in(&server.url);
    assert_eq!(person.croft(&["function", "list"]).code, 2);
    let done = person.croft(&["link", "prj_aaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let written = std::fs::read_to_string(person.folder().join("croft.toml")).unwrap();
    assert_eq!(written, format!("project = \"blog\"\nserver = \"{}\"\n", server.url));
    assert_eq!(person.croft(&["function", "list"]).code, 0);
    assert_eq!(person.croft(&["function", "list", "--project", "other"]).code, 0);
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /api/v1/projects/blog/functions "));
    assert!(requests[2].starts_with("GET /api/v1/projects/other/functions "));
}

#[test]
fn names_of_others_cannot_act_on_the_terminal() {
    let person = Person::new();
    let page = json!({"items": [project("evil\u{9b}2J"), project("b")], "next": "cur\u{1b}"});
    let server = Server::answering(vec![ok(&page), ok(&page), problem(400, "x", "a\u{1b}[2Jb")]);
    person.is_signed_in(&server.url);
    // Such a name cannot come from Croft itself, which refuses it; a server may be anyone's.
    for args in [&["project", "list"][..], &["project", "list", "--output", "json"], &["whoami"]] {
        let Done { out, err, .. } = person.croft(args);
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!out.chars().any(acts) && !err.chars().any(acts), "{out:?} {err:?}");
    }
    server.requests();
}

#[test]
fn lists_are_tables_with_the_way_to_the_next_page() {
    let person = Person::new();
    let page = json!({"items": [project("Blog")], "next": "c1"});
    let server = Server::answering(vec![ok(&page)]);
    person.is_signed_in(&server.url);
    let done = person.croft(&["project", "list", "--limit", "1", "--after", "c0"]);
    assert_eq!(
        done.out,
        "SLUG  NAME  ID                              TEAM                             \
         URL                                           CREATED               GONE\n\
         blog  Blog  prj_aaaaaaaaaaaaaaaaaaaaaaaaaa  team_aaaaaaaaaaaaaaaaaaaaaaaaaa  \
         http://proj-abcdefghijkl.apps.localhost:8080  2026-01-02T03:04:05Z  -\n"
    );
    assert_eq!(done.err, "There is more: --after c1\n");
    assert!(server.requests()[0].starts_with("GET /api/v1/projects?after=c0&limit=1 "));
}

#[test]
fn the_last_members_page_is_looked_through_for_an_email() {
    let person = Person::new();
    let member = |email: &str| {
        json!({"user_id": support::USER, "email": email, "name": "X", "role": "viewer",
            "since": "2026-01-02T03:04:05Z"})
    };
    let server = Server::answering(vec![
        ok(&me()),
        ok(&json!({"items": [member("a@example.com")], "next": "p2"})),
        ok(&json!({"items": [member("b@example.com")]})),
        ok(&member("b@example.com")),
    ]);
    person.is_signed_in(&server.url);
    let done = person.croft(&["member", "role", "B@example.com", "admin"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let requests = server.requests();
    assert!(requests[2].contains("after=p2"), "{}", requests[2]);
    assert!(requests[3].starts_with(&format!(
        "PATCH /api/v1/teams/{}/members/{} ",
        support::TEAM,
        support::USER
    )));
}

#[test]
fn following_ends_well_on_ctrl_c() {
    let person = Person::new();
    let event = json!({
        "sequence": 7, "kind": "project.created", "team_id": support::TEAM, "subject": "x",
        "payload": {}, "at": "2026-01-02T03:04:05Z",
    });
    // After this the server is gone; the client keeps trying.
    let server = Server::answering(vec![answer(
        "200 OK\r\ncontent-type: text/event-stream",
        &format!("data: {event}\n\n"),
    )]);
    person.is_signed_in(&server.url);
    let args = ["events", "--project", "blog", "--follow", "--output", "json", "--after", "6"];
    let mut child = person.command(&args).spawn().unwrap();
    let mut line = String::new();
    let out = child.stdout.as_mut().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["sequence"], 7);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = until(|| child.try_wait().unwrap()).unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(server.requests()[0].contains("/projects/blog/events?after=6&follow=true "));
}

#[test]
fn new_calls_are_shown_as_they_come_and_go_on_where_a_stream_broke_off() {
    let person = Person::new();
    let id = |n: u8| format!("call_{n}{}", "a".repeat(25));
    let sent = |n: u8, path: &str| {
        let call = json!({
            "id": id(n), "function": "f", "request_id": "r", "trigger": "http",
            "at": "2026-01-02T03:04:05Z", "method": "GET", "path": path, "status": 200,
            "outcome": "returned", "duration_us": 1500,
            "log": [{ "level": "info", "text": "hi\u{1b}" }],
        });
        format!("id: {}\ndata: {call}\n\n", id(n))
    };
    let stream = |text: &str| answer("200 OK\r\ncontent-type: text/event-stream", text);
    let server = Server::answering(vec![
        stream(&(sent(2, "/one") + &sent(3, "/two"))),
        stream(&sent(4, "/three")),
        problem(401, "signed_out", "Your session ended."),
    ]);
    person.is_signed_in(&server.url);
    let done = person.croft(&["function", "logs", "f", "--project", "blog", "--follow"]);
    assert_eq!(done.code, 3, "{}", done.err);
    let line = |path: &str| {
        format!(
            "2026-01-02T03:04:05Z  f  GET  {path}  200  returned  1.500 ms  -\n    info hi\\u{{1b}}\n"
        )
    };
    assert_eq!(done.out, ["/one", "/two", "/three"].map(line).concat());
    let requests = server.requests();
    assert!(requests[0].contains("follow=true") && !requests[0].contains("after="));
    let resumed = |request: &str, n: u8| {
        request.contains(&format!("after={}", id(n))) || request.contains(&id(n))
    };
    assert!(resumed(&requests[1], 3) && resumed(&requests[2], 4), "{requests:?}");
}

#[test]
fn every_command_has_help_and_shells_are_completed() {
    let person = Person::new();
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/cli.md"
    ))
    .unwrap();
    assert!(
        page == person.croft(&["reference"]).out,
        "run: croft reference > docs/reference/cli.md"
    );
    let commands: Vec<_> =
        page.lines().filter_map(|l| l.strip_prefix("### `croft ")?.strip_suffix('`')).collect();
    assert!(commands.len() > 60, "{}", commands.len());
    for command in commands {
        let mut args: Vec<_> = command.split(' ').collect();
        args.push("--help");
        let done = person.croft(&args);
        assert_eq!(done.code, 0, "{command}: {}", done.err);
        assert!(done.out.contains(&format!("Usage: croft {command}")), "{command}: {}", done.out);
    }
    for shell in ["bash", "zsh", "fish"] {
        let done = person.croft(&["completion", shell]);
        assert!(done.out.contains("function") && done.code == 0, "{shell}");
    }
}
