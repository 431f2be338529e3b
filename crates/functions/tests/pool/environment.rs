//! Variables and secrets: who sees them, when, and nobody else.

use std::{fs::File, os::unix::fs::FileExt, sync::Arc};

use croft_ports::function_invoker::{Call, FunctionEnvironment, Outcome};
use zeroize::Zeroizing;

use crate::support::{Pool, call, call_with, pool, text};

fn environment(digest: u8, values: &[(&str, &str)]) -> Arc<FunctionEnvironment> {
    let own =
        |(name, value): &(&str, &str)| ((*name).to_owned(), Zeroizing::new((*value).to_owned()));
    let values = values.iter().map(own).collect();
    Arc::new(FunctionEnvironment { digest: [digest; 16], values })
}

/// A call that sees them.
fn with(number: u8, source: &str, environment: &Arc<FunctionEnvironment>) -> Call {
    call_with(number, source, |call| call.environment = Arc::clone(environment))
}

#[tokio::test]
async fn a_script_reads_variables_by_name() {
    let pool = pool();
    let some = environment(1, &[("A", "one"), ("B", ""), ("KEY", "k\nä")]);
    for (source, answer) in [
        (r#"env("A") + env("KEY") + env("B")"#, "onek\nä"),
        (r#"env_or("A", "no") + env_or("a", "no")"#, "oneno"),
        (r#"env_or("NONE", 5)"#, "5"),
        (r#"[has_env("B"), has_env("C")]"#, "[true,false]"),
    ] {
        assert_eq!(text(&pool.run(with(1, source, &some)).await), answer, "{source}");
    }
    for source in [r#"env("NONE")"#, r#"fn handle(ctx) { env("NONE") }"#] {
        let Outcome::Threw(error) = pool.run(with(1, source, &some)).await.outcome else {
            panic!("{source}")
        };
        let says = |what| error.message.contains(what);
        assert!(says("`NONE` is not set") && says("croft env set NONE"), "{error:?}");
        assert_eq!(error.line, Some(1));
    }
    // A call without any sees nothing of the one before.
    assert_eq!(pool.text(1, r#"has_env("A")"#).await, "false");
}

#[tokio::test]
async fn an_environment_is_sent_once_and_a_change_reaches_the_next_call() {
    let pool = pool();
    let of = |n: u8| environment(n, &[("N", &n.to_string())]);
    let answer = async |n: u8| text(&pool.run(with(1, r#"env("N")"#, &of(n))).await);
    // By digest alone: nobody compares values.
    for n in [1, 1, 2, 2, 1, 2, 1] {
        assert_eq!(answer(n).await, n.to_string());
    }
    assert_eq!((pool.status().sent.environments, pool.status().sent.sources), (2, 1));
    // A process keeps four; of one that it was made to forget it asks for.
    for n in 3..=5 {
        assert_eq!(answer(n).await, n.to_string());
    }
    assert_eq!(pool.status().sent.environments, 5);
    assert_eq!(answer(1).await, "1");
    assert_eq!(pool.status().sent.environments, 6);
    // Both parts at once, to a process that has neither.
    let pid = pool.pid(1);
    for n in 0..70 {
        let source = format!("{n}; env(\"N\")");
        let n = 10 + n % 6;
        assert_eq!(text(&pool.run(with(1, &source, &of(n))).await), n.to_string());
    }
    assert_eq!(answer(1).await, "1");
    assert_eq!(pool.pid(1), pid);
}

#[tokio::test]
async fn calls_of_two_environments_run_beside_each_other() {
    let pool = pool();
    let calls: Vec<_> = (0..60_u8)
        .map(|n| {
            let some = environment(n % 3, &[("N", &(n % 3).to_string())]);
            (n % 3, pool.begin(with(1, r#"sleep(0.005); env("N")"#, &some)))
        })
        .collect();
    for (n, call) in calls {
        assert_eq!(text(&call.await.unwrap()), n.to_string());
    }
}

#[tokio::test]
async fn an_environment_takes_nothing_of_a_calls_memory() {
    let pool = pool();
    let large = "x".repeat(64 * 1024);
    let names: Vec<String> = (0..200).map(|n| format!("V{n:03}")).collect();
    let values: Vec<_> = names.iter().map(|name| (name.as_str(), large.as_str())).collect();
    let all = environment(1, &values);
    let little = |call: &mut Call| call.budget.memory_bytes = 4 * 1024 * 1024;
    for _ in 0..3 {
        let mut call = with(1, r#"env("V007").len"#, &all);
        little(&mut call);
        assert_eq!(text(&pool.run(call).await), "65536");
    }
    assert_eq!(pool.status().sent.environments, 1);
}

#[test]
fn no_value_is_shown() {
    let call = with(1, "1", &environment(1, &[("KEY", "hush-hush")]));
    let shown = format!("{call:?} {call:#?}");
    assert!(shown.contains("KEY") && !shown.contains("hush"), "{shown}");
}

/// Whether a process has those bytes anywhere in what it may write to.
fn has_in_memory(pid: u32, bytes: &[u8]) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    maps.lines().filter(|line| line.contains(" rw")).any(|line| {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|number| u64::from_str_radix(number, 16).unwrap());
        // Not all that is mapped can be read.
        (from..to).step_by(1 << 20).any(|at| {
            let mut part = vec![0; usize::try_from((to - at).min((1 << 20) + 64)).unwrap()];
            memory.read_exact_at(&mut part, at).is_ok()
                && part.windows(bytes.len()).any(|window| window == bytes)
        })
    })
}

#[tokio::test]
async fn a_secret_reaches_its_own_projects_process_alone() {
    if !rustix::process::geteuid().is_root() {
        // Nobody else may look into an executor.
        return;
    }
    let pool = pool();
    let secret = "correct-horse-battery-staple";
    let of_a = environment(1, &[("SECRET", secret)]);
    assert_eq!(text(&pool.run(with(1, r#"env("SECRET").len"#, &of_a)).await), "28");
    assert_eq!(pool.text(2, r#"has_env("SECRET")"#).await, "false");
    pool.until(|s| s.processes.iter().any(|p| p.project.is_none())).await;
    let find = |pool: &Pool, pid: Option<u32>| {
        let held: Vec<_> = pool.status().processes;
        assert!(held.len() >= 3, "{held:?}");
        has_in_memory(pid.unwrap(), secret.as_bytes())
    };
    assert!(find(&pool, pool.pid(1)), "the search finds nothing where it is");
    assert!(!find(&pool, pool.pid(2)));
    let spare = pool.status().processes.iter().find(|p| p.project.is_none()).map(|p| p.pid);
    assert!(!find(&pool, spare));
    assert_eq!(text(&pool.run(call(1, "1")).await), "1");
}
