//! The walking skeleton: a script on disk becomes an answer on the web, through every part of the
//! real binary, and what goes wrong in it stays where it is.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use croft_tests::{
    server::{Server, Terminal, processes, web},
    world::PASSWORD,
};
use rustix::process::Pid;
use serde_json::Value;

const EMAIL: &str = "ada@example.com";

const HELLO: &str = r#"print("greeting " + ctx.params.name);
"Hello, " + ctx.params.name + "!"
"#;
const BROKEN: &str = "let a = 1;\nlet b = (a + ;\nb\n";
/// Its steps are large, so that it comes to its deadline before it has used up their number.
const ENDLESS: &str = r#"loop { let s = ""; s.pad(200000, "x"); }"#;

/// How long a call may take by the default plan.
const CALL: Duration = Duration::from_secs(10);

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

#[test]
fn a_script_on_disk_answers_on_the_web() {
    let mut server = Server::new();
    server.start();
    server.croft(&["admin", "setup", "--email", EMAIL, "--password-stdin"], PASSWORD);
    let ada = Terminal::signed_in(&server, EMAIL, PASSWORD);
    ada.croft(&["project", "create", "Blog"]).ok();

    let hello = deploy(&ada, "blog", "hello", HELLO, "GET /hello/:name");
    assert!(hello.starts_with("http://proj-") && hello.ends_with("/hello/:name"), "{hello}");
    let hello = hello.replace(":name", "Grace");
    let answer = web::get(&hello).expect(200);
    assert_eq!(answer.body, "Hello, Grace!");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    is_logged(&ada, answer.header("croft-request-id").unwrap());
    assert_eq!(web::get(&server.url("localhost", "/hello")).expect(200).body, "Hello, World!\n");

    only_whoever_may_deploys(&server);
    a_syntax_error_is_refused(&ada, &hello);
    variables_reach_the_next_call(&ada);
    let endless = deploy(&ada, "blog", "endless", ENDLESS, "GET /endless");
    it_runs_in_a_process_of_its_own(&server, &endless, &hello);
    a_deadline_ends_it(&server, &ada, &endless);
    server.interrupt();
}

/// Deploys from a file; where it answers.
#[track_caller]
fn deploy(person: &Terminal, project: &str, name: &str, source: &str, route: &str) -> String {
    let file = format!("{name}.rhai");
    fs::write(person.home().join(&file), source).unwrap();
    let args = ["function", "deploy", &file, "--project", project, "--name", name];
    let args: Vec<_> = args.into_iter().chain(["--route", route]).collect();
    let url = person.json(&args)["url"].as_str().unwrap().to_owned();
    // It answers at once; another method tells without a call.
    assert_eq!(web::send("PUT", &url, &[], None).status, 405, "{url}");
    url
}

fn is_logged(person: &Terminal, request: &str) {
    let logs = ["function", "logs", "hello", "--project", "blog"];
    // Calls are written down in batches.
    let call = until("the call in the log", || {
        let page = person.json(&logs);
        let items = page["items"].as_array().unwrap();
        items.iter().find(|call| call["request_id"] == request).cloned()
    });
    assert_eq!((&call["method"], &call["path"]), (&"GET".into(), &"/hello/Grace".into()));
    assert_eq!((&call["status"], &call["function"]), (&200.into(), &"hello".into()));
    assert!(call["log"][0]["text"] == "greeting Grace", "{call}");
}

fn only_whoever_may_deploys(server: &Server) {
    let stranger = Terminal::new().with("CROFT_URL", &server.client().server());
    fs::write(stranger.home().join("hello.rhai"), HELLO).unwrap();
    let args = ["function", "deploy", "hello.rhai", "--project", "blog"];
    stranger.croft(&args).code(3).says(&["not signed in"]);
}

fn a_syntax_error_is_refused(person: &Terminal, hello: &str) {
    fs::write(person.home().join("broken.rhai"), BROKEN).unwrap();
    let args = ["function", "deploy", "broken.rhai", "--project", "blog", "--name", "hello"];
    person.croft(&args).code(2).says(&["source: line 2, column 14"]);
    assert_eq!(web::get(hello).expect(200).body, "Hello, Grace!", "the version before goes on");
}

/// Production's, and no other's.
fn variables_reach_the_next_call(person: &Terminal) {
    let source = r#"env_or("TONE", "none") + " " + env_or("PLACE", "nowhere")"#;
    let tone = deploy(person, "blog", "tone", source, "GET /tone");
    assert_eq!(web::get(&tone).expect(200).body, "none nowhere");
    let said = |wanted: &str| assert_eq!(web::get(&tone).expect(200).body, wanted);
    let project = ["--project", "blog"];
    person.croft(&[&["env", "set", "PLACE=here"][..], &project].concat()).ok();
    said("none here");
    person.croft_with(&[&["env", "set", "TONE", "--secret"][..], &project].concat(), "warm").ok();
    said("warm here");
    let elsewhere = ["env", "set", "TONE=cold", "--environment", "development"];
    person.croft(&[&elsewhere[..], &project].concat()).ok();
    person.croft(&[&["env", "unset", "PLACE"][..], &project].concat()).ok();
    said("warm nowhere");
    it_goes_back_to_the_version_before(person, &tone);
}

fn it_goes_back_to_the_version_before(person: &Terminal, tone: &str) {
    deploy(person, "blog", "tone", "\"loud\"", "GET /tone");
    let said = |wanted: &str| assert_eq!(web::get(tone).expect(200).body, wanted);
    said("loud");
    let function =
        |command: &str| ["function", command, "tone", "--project", "blog"].map(str::to_owned);
    let run = |command: &str| person.json(&function(command).each_ref().map(String::as_str));
    assert_eq!(run("versions")["items"].as_array().unwrap().len(), 2);
    assert!(run("diff")["unified"].as_str().unwrap().contains("+\"loud\""));
    assert_eq!(run("rollback")["version"], 1);
    said("warm nowhere");
    fs::write(person.home().join("odd.rhai"), BROKEN).unwrap();
    let check = ["function", "check", "odd.rhai", "--project", "blog"];
    person.croft(&check).code(2).says(&["line 2, column 14", "let b = (a + ;"]);
}

fn it_runs_in_a_process_of_its_own(server: &Server, endless: &str, hello: &str) {
    thread::scope(|scope| {
        let begun = Instant::now();
        let call = scope.spawn(|| web::get(endless));
        let executor = until("an executor at work", || {
            let mut executors = executors(server).into_iter();
            executors.find(|pid| cpu_ticks(*pid) > 20)
        });
        assert!(cpu_ticks(server.pid()) < 1000, "Croft itself does not run it");
        processes::kill(&[executor]);
        let answer = call.join().unwrap();
        assert!((500..600).contains(&answer.status), "{answer:?}");
        assert!(begun.elapsed() < CALL, "it ended with its process, not by its deadline");
    });
    assert_eq!(web::get(hello).expect(200).body, "Hello, Grace!");
}

fn executors(server: &Server) -> Vec<Pid> {
    let is_executor = |pid: &Pid| {
        let path = format!("/proc/{}/cmdline", pid.as_raw_nonzero());
        fs::read(path).is_ok_and(|said| said.ends_with(b"\0executor\0"))
    };
    processes::children_of(server.pid()).into_iter().filter(is_executor).collect()
}

/// User time so far, in the kernel's ticks: a hundredth of a second (proc(5), `utime`).
fn cpu_ticks(pid: Pid) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let stat = stat.unwrap_or_default();
    let ticks = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(11));
    ticks.and_then(|ticks| ticks.parse().ok()).unwrap_or(0)
}

fn a_deadline_ends_it(server: &Server, person: &Terminal, endless: &str) {
    person.croft(&["project", "create", "Shop"]).ok();
    person.croft(&["admin", "limits", "Personal", "--set", "call_time_ms=1500"]).ok();
    // Once this is there, so is the limit: the edge reads all at once.
    let cart = deploy(person, "shop", "cart", "\"full\"", "GET /cart");
    thread::scope(|scope| {
        let begun = Instant::now();
        let call = scope.spawn(|| web::get(endless));
        let mut answers = 0;
        while !call.is_finished() {
            assert_eq!(web::get(&cart).expect(200).body, "full");
            answers += 1;
        }
        let answer = call.join().unwrap();
        assert_eq!(answer.status, 504, "{answer:?}");
        assert!(answer.body.contains("function_timeout"), "{answer:?}");
        assert!(begun.elapsed() < CALL / 2, "{:?}", begun.elapsed());
        assert!(answers > 10, "the neighbour was answered only {answers} times");
    });
    assert_eq!(web::get(&server.url("localhost", "/hello")).expect(200).body, "Hello, World!\n");
    let logs = ["function", "logs", "endless", "--project", "blog"];
    let calls = until("both calls in the log", || {
        let page: Value = person.json(&logs);
        Some(page["items"].as_array().unwrap().clone()).filter(|calls| calls.len() == 2)
    });
    let outcomes: Vec<_> = calls.iter().map(|call| call["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["exceeded", "unavailable"], "{calls:?}");
    assert!(calls[0]["error"]["message"].as_str().unwrap().contains("1500 ms"), "{calls:?}");
}
