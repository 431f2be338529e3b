//! Scripts that mean harm end by their bounds, and leave the next call unharmed.

use croft_model::function::Exceeded::{self, Depth, Memory, Size, Time};
use croft_ports::function_invoker::{Call, Outcome};

use crate::support::{call, call_with, pool};

fn short(call: &mut Call) {
    call.budget.time_ms = 300;
}

/// What a script is called, its text, and the bounds it may end by. Where there is none, it throws.
type Hostile = (&'static str, &'static str, &'static [Exceeded]);

/// Where nothing but the time ends a script, it gets little of it; otherwise ample.
fn hostile((_, source, bounds): &Hostile, project: u8) -> Call {
    let mut call = call(project, source);
    if bounds.first() == Some(&Time) {
        short(&mut call);
    }
    call
}

const LANGUAGE: &[Hostile] = &[
    ("endless loop", "loop {}", &[Time]),
    ("sleep", "sleep(3600)", &[Time]),
    ("endless loop that catches", "loop { try { loop {} } catch { } }", &[Time]),
    ("pad", r#"let s = "x"; s.pad(1000000, "x"); s.pad(1000000000000, 'y')"#, &[Size]),
    ("replace", r#"let s = ""; s.pad(200000, "x"); s.replace("", s)"#, &[Size]),
    ("string set", r#"let s = ""; s.pad(250000, "x"); loop { s.set(249999, 'y') }"#, &[Time]),
    ("doubling string", r#"let s = "x"; loop { s += s }"#, &[Size]),
    ("growing capitals", r#"let s = ""; s.pad(100000, "ΐ"); s.make_upper(); s"#, &[Size]),
    (
        "strings kept by closures",
        r#"let s = ""; s.pad(200000, "x"); let keep = || ();
           loop { let t = s + "y"; let old = keep; keep = || [t, old]; }"#,
        &[Memory],
    ),
    ("nested arrays", "let a = []; loop { a = [a]; }", &[Time, Size, Depth]),
    ("nested maps", "let a = #{}; loop { a = #{ a: a }; }", &[Time, Size, Depth]),
    ("doubling array", "let a = [1]; loop { a.append(a) }", &[Size]),
    ("map", "let m = #{}; let i = 0; loop { m[i.to_string()] = i; i += 1; }", &[Time, Size]),
    (
        "sort with a slow comparer",
        "let a = []; a.pad(60000, 1); a.sort(|x, y| { let i = 0; while i < 1000 { i += 1; } 0 })",
        &[Time],
    ),
    (
        "dedup with a slow comparer",
        "let a = []; a.pad(60000, 1); a.dedup(|x, y| { let i = 0; while i < 1000 { i += 1; } false })",
        &[Time],
    ),
    ("recursion", "fn f(n) { f(n + 1) } f(0)", &[Depth]),
    ("recursion by closures", "let f = |g, n| g.call(g, n + 1); f.call(f, 0)", &[Depth]),
    (
        "large numbers as text",
        "loop { (1e308).to_string(); 0x7fffffffffffffff.to_binary(); }",
        &[Time],
    ),
    (
        "ten megabytes of answer",
        r#"let s = ""; s.pad(250000, "x"); let a = []; for i in 0..40 { a.push(s) } a"#,
        &[Size],
    ),
    (
        "headers without end",
        r#"let s = ""; s.pad(250000, "x"); let r = response(200); loop { r.header("x", s) }"#,
        &[],
    ),
    (
        "a value that holds itself, shown",
        "let a = (); let f = || a; a = f; loop { debug(a); print([a, f].to_debug()) }",
        &[Time, Depth, Memory, Size],
    ),
];

const CAPABILITIES: &[Hostile] = &[
    ("hashes", r#"let s = ""; s.pad(262144, "x"); loop { hash::sha512(s) }"#, &[Time]),
    ("signatures", r#"let s = ""; s.pad(262144, "x"); loop { hmac::sha1(s, s) }"#, &[Time]),
    ("comparisons", r#"let s = ""; s.pad(262144, "x"); loop { hmac::equal(s, s) }"#, &[Time]),
    ("growing base64", r#"let s = "x"; loop { s = base64::encode(s) }"#, &[Size]),
    ("growing hex", r#"let s = "x"; loop { s = hex::encode(s) }"#, &[Size]),
    ("growing markup", r#"let s = "\""; loop { s = text::escape_html(s + s) }"#, &[Size]),
    ("growing address", r#"let s = "%"; loop { s = url::encode(s + s) }"#, &[Size]),
    ("growing query", r#"let s = "%"; loop { s = url::query(#{ a: [s, s] }) }"#, &[Size]),
    ("lines", r#"let s = ""; s.pad(262144, "\n"); text::lines(s)"#, &[Size]),
    ("ids", "loop { uuid::v4(); uuid::v7() }", &[Time]),
    ("random bytes", "let b = blob(); loop { b.append(random::bytes(4096)) }", &[Size]),
    ("random numbers", "loop { random::int(0, 1) }", &[Time]),
    ("patterns", r#"let s = ""; s.pad(200, "%c"); loop { time::format(0, s) }"#, &[Time]),
    ("time beyond time", r#"let t = 1; loop { t = time::add(t, t, "weeks") }"#, &[]),
    ("deep JSON read", r#"let s = ""; s.pad(262144, "["); json::parse(s)"#, &[]),
    ("wide JSON read", r#"let s = "[0"; s.pad(262142, ",0"); json::parse(s + "]")"#, &[Size]),
    (
        "a value that holds itself, as JSON",
        "let a = (); let f = || a; a = #{ f: f }; a.to_json()",
        &[],
    ),
    ("deep JSON written", "let a = []; for i in 0..500 { a = [a] } json::stringify(a)", &[]),
    (
        "a value that holds itself, written",
        "let a = (); let f = || a; a = [f]; json::stringify([a, f, a])",
        &[],
    ),
    ("JSON of escapes", r#"let s = ""; s.pad(262144, "\x00"); json::stringify(s)"#, &[Size]),
    ("addresses", r#"let s = "http://"; s.pad(8192, "ä"); loop { url::parse(s) }"#, &[]),
    (
        "slugs",
        r#"let s = ""; s.pad(131072, "Ω-"); loop { text::slug(s); text::title(s) }"#,
        &[Time],
    ),
];

fn all() -> impl Iterator<Item = &'static Hostile> {
    LANGUAGE.iter().chain(CAPABILITIES)
}

#[tokio::test]
async fn each_hostile_script_ends_by_its_bound_and_the_next_call_works() {
    let pool = pool();
    for script in all() {
        let (name, _, bounds) = script;
        match pool.run(hostile(script, 1)).await.outcome {
            Outcome::Exceeded(bound) => assert!(bounds.contains(&bound), "{name}: {bound:?}"),
            Outcome::Threw(error) => assert!(bounds.is_empty(), "{name}: {error:?}"),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(pool.text(1, "\"fine\"").await, "fine", "after {name}");
    }
}

/// Out of time is an error like others, which a comparer raises at every look: the first must be
/// the last, or only the end of the process ends the call.
#[tokio::test]
async fn the_first_error_of_a_comparer_is_its_last() {
    let pool = pool();
    for function in ["sort", "sort_by", "dedup"] {
        let source = format!(
            "let a = []; a.pad(100, 1); let n = 0;
             try {{ a.{function}(|x, y| {{ n += 1; throw x }}) }} catch {{}} n"
        );
        assert_eq!(pool.text(1, &source).await, "1", "{function}");
    }
}

#[tokio::test]
async fn steps_are_a_bound_of_their_own() {
    let pool = pool();
    let few = |call: &mut Call| call.budget.operations = 1000;
    let outcome = pool.run(call_with(1, "loop {}", few)).await.outcome;
    assert_eq!(outcome, Outcome::Exceeded(Exceeded::Operations));
}

#[tokio::test]
async fn one_step_that_takes_all_memory_is_blamed_on_its_call() {
    let pool = pool();
    // Its 200,000 strings of one letter are made in one native step.
    let source = r#"let s = ""; s.pad(200000, "x"); s.split("").len"#;
    let outcome = pool.run(call(1, source)).await.outcome;
    assert_eq!(outcome, Outcome::Exceeded(Exceeded::Size), "with ample memory");
    let first = pool.pid(1);
    let beside = pool.begin(call(1, "sleep(60)"));
    pool.until(|s| s.processes.iter().any(|p| p.running == 1)).await;
    let little = |call: &mut Call| call.budget.memory_bytes = 1024 * 1024;
    let outcome = pool.run(call_with(1, source, little)).await.outcome;
    assert_eq!(outcome, Outcome::Exceeded(Exceeded::Memory));
    let outcome = beside.await.unwrap().outcome;
    assert!(matches!(&outcome, Outcome::Unavailable(why) if why.contains("another call")));
    assert_eq!(pool.text(1, "\"fine\"").await, "fine");
    assert_ne!(pool.pid(1), first);
}

#[tokio::test]
async fn what_leaks_in_a_process_is_not_for_ever() {
    let pool = pool();
    assert_eq!(pool.text(1, "1").await, "1");
    let first = pool.pid(1);
    // A cycle: a captured variable that holds the closure which captured it.
    let leak = r#"let s = ""; s.pad(200000, "x");
        for i in 0..60 { let kept = s + i; let me = (); let f = || { me; kept }; me = f; }
        "done""#;
    let mut calls = 0;
    while pool.pid(1) == first {
        assert_eq!(pool.text(1, leak).await, "done");
        calls += 1;
        assert!(calls < 100, "the process was never replaced");
    }
}

#[tokio::test]
async fn other_projects_do_not_notice() {
    let pool = pool();
    assert_eq!(pool.text(2, "\"b\"").await, "b");
    let neighbour = pool.pid(2);
    let attacks: Vec<_> = all().map(|script| pool.begin(hostile(script, 1))).collect();
    let mut answered = 0;
    while attacks.iter().any(|attack| !attack.is_finished()) {
        assert_eq!(pool.text(2, "\"b\"").await, "b");
        answered += 1;
    }
    assert!(answered > 0);
    assert_eq!(pool.pid(2), neighbour);
}

#[tokio::test]
async fn a_process_has_given_up_what_it_does_not_need() {
    let pool = pool();
    assert_eq!(pool.text(1, "1").await, "1");
    let pid = pool.pid(1).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(field("Seccomp:"), "2");
    let of =
        |pid: &str, name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();
    assert_eq!(of(&pid.to_string(), "oom_score_adj").trim(), "1000");
    let niceness = |pid: &str| -> i32 {
        // The nineteenth field; the second is in brackets and may hold anything.
        let stat = of(pid, "stat");
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap()
    };
    assert_eq!(niceness(&pid.to_string()), (niceness("self") + 10).min(19));
    if rustix::process::geteuid().is_root() {
        assert_eq!(field("CapEff:"), "0000000000000000");
        assert_ne!(field("Uid:").split(' ').next(), Some("0"));
        assert_eq!(std::fs::read(format!("/proc/{pid}/environ")).unwrap(), b"");
        let net = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
        assert_ne!(net(&pid.to_string()), net("self"));
        let root = std::fs::read_link(format!("/proc/{pid}/root")).unwrap();
        assert_ne!(root, std::path::Path::new("/"));
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        for line in ["Max open files 4 4", "Max core file size 0 0", "Max file size 0 0"] {
            let squeezed = limits.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(squeezed.contains(line), "{line} in {limits}");
        }
    }
    assert_eq!(pool.text(1, "1").await, "1");
}
