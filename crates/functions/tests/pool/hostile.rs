//! Scripts that mean harm end by their bounds, and leave the next call unharmed.

use croft_model::function::Exceeded::{self, Time};
use croft_ports::function_invoker::{Call, Outcome};

use crate::{
    scripts::{Hostile, all},
    support::{call, call_with, pool},
};

fn short(call: &mut Call) {
    call.budget.time_ms = 300;
}

/// Where nothing but the time ends a script, it gets little of it; otherwise ample.
fn hostile((_, source, bounds): &Hostile, project: u8) -> Call {
    let mut call = call(project, source);
    if bounds.first() == Some(&Time) {
        short(&mut call);
    }
    call
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
