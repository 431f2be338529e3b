//! The kernel's ceilings of memory, where Croft may set them: as root, and with control groups that
//! can be written.

use std::{fs, path::PathBuf};

use croft_model::function::Exceeded;
use croft_ports::function_invoker::Outcome;

use crate::support::{LONG, Pool, call, call_with, pool_with};

const MIB: u64 = 1024 * 1024;

/// A pool whose processes may hold 64 MiB each and hardly more together, so there are no spares.
fn narrow_pool() -> Pool {
    pool_with(|settings| {
        let is_root = rustix::process::geteuid().is_root();
        settings.control_groups = is_root.then(|| "/sys/fs/cgroup".into());
        (settings.memory_bytes, settings.spares) = (MIB, 0);
    })
}

/// The group a project's process is in, when the pool could make one.
fn group(pool: &Pool, number: u8) -> Option<PathBuf> {
    let of = fs::read_to_string(format!("/proc/{}/cgroup", pool.pid(number).unwrap())).unwrap();
    let line = of.lines().find(|line| line.contains("/croft-executors-"))?;
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next().unwrap(), parts.next().unwrap());
    let hierarchy = if controllers.contains("memory") { "memory" } else { "" };
    Some(PathBuf::from("/sys/fs/cgroup").join(hierarchy).join(path.trim_start_matches('/')))
}

#[tokio::test]
async fn a_process_is_in_a_group_of_its_own_that_goes_with_it() {
    let pool = narrow_pool();
    assert_eq!(pool.text(1, "1").await, "1");
    assert_eq!(pool.text(2, "1").await, "1");
    let (Some(one), Some(two)) = (group(&pool, 1), group(&pool, 2)) else { return };
    assert_ne!(one, two);
    let limit = ["memory.limit_in_bytes", "memory.max"].map(|name| one.join(name));
    let limit: u64 = fs::read_to_string(limit.iter().find(|file| file.exists()).unwrap())
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!((64 * MIB..66 * MIB).contains(&limit), "{limit}");
    pool.drain(LONG).await;
    assert!(!one.exists() && !one.parent().unwrap().exists(), "{}", one.display());
}

/// The call's own count is turned off by a budget that is never reached.
#[tokio::test]
async fn what_the_count_of_a_call_misses_the_kernel_ends() {
    let pool = narrow_pool();
    assert_eq!(pool.text(1, "1").await, "1");
    if group(&pool, 1).is_none() {
        return;
    }
    let first = pool.pid(1);
    let greedy = r#"let s = ""; s.pad(200000, "x"); let keep = || ();
        loop { let t = s + "y"; let old = keep; keep = || [t, old]; }"#;
    let outcome = pool.run(call_with(1, greedy, |call| call.budget.memory_bytes = 1 << 40)).await;
    assert_eq!(outcome.outcome, Outcome::Exceeded(Exceeded::Memory));
    let outcome = pool.run(call(1, "\"fine\"")).await.outcome;
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    assert_ne!(pool.pid(1), first);
    pool.drain(LONG).await;
}
