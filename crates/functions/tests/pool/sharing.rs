//! Who gets a process when, and what happens when one dies.

use std::time::Duration;

use croft_functions::pool::PoolStatus;
use croft_model::function::Exceeded;
use croft_ports::function_invoker::{Call, FunctionInvoker, Outcome};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{LONG, call, call_with, pool, pool_with, project, text, until};

fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

fn two_at_a_time(call: &mut Call) {
    call.budget.concurrency = 2;
}

#[tokio::test]
async fn a_killed_process_is_replaced() {
    let pool = pool();
    let running = pool.begin(call(1, "sleep(60)"));
    pool.until(|s| s.processes.iter().any(|p| p.running == 1)).await;
    let first = pool.pid(1).unwrap();
    kill(first);
    let outcome = running.await.unwrap().outcome;
    assert!(
        matches!(&outcome, Outcome::Unavailable(why) if why.contains("signal: 9")),
        "{outcome:?}"
    );
    assert_eq!(pool.text(1, "\"again\"").await, "again");
    assert_ne!(pool.pid(1), Some(first));
}

#[tokio::test]
async fn calls_that_did_not_begin_outlive_the_process() {
    let pool = pool();
    let running: Vec<_> =
        (0..2).map(|_| pool.begin(call_with(1, "sleep(60)", two_at_a_time))).collect();
    pool.until(|s| s.processes.iter().any(|p| p.running == 2)).await;
    let waiting: Vec<_> =
        (0..5).map(|_| pool.begin(call_with(1, "\"late\"", two_at_a_time))).collect();
    pool.until(|s| s.waiting == 5).await;
    kill(pool.pid(1).unwrap());
    for call in running {
        let outcome = call.await.unwrap().outcome;
        assert!(matches!(outcome, Outcome::Unavailable(_)), "{outcome:?}");
    }
    for call in waiting {
        assert_eq!(text(&call.await.unwrap()), "late");
    }
}

#[tokio::test]
async fn a_call_that_never_answers_ends_with_its_time() {
    let pool = pool();
    assert_eq!(pool.text(1, "1").await, "1");
    let pid = pool.pid(1).unwrap();
    // Stopped, it cannot keep its deadline itself: the pool must.
    let stopped = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(stopped, Signal::STOP).unwrap();
    let done = pool.run(call_with(1, "1", |call| call.budget.time_ms = 200)).await;
    assert_eq!(done.outcome, Outcome::Exceeded(Exceeded::Time));
    assert_eq!(pool.text(1, "2").await, "2");
    assert_ne!(pool.pid(1), Some(pid));
}

#[tokio::test]
async fn no_more_calls_run_at_once_than_the_budget_allows() {
    let pool = pool();
    let calls: Vec<_> =
        (0..6).map(|_| pool.begin(call_with(1, "sleep(0.1); \"x\"", two_at_a_time))).collect();
    let mut most = 0;
    until(|| {
        most = most.max(pool.running(1));
        let left = calls.iter().filter(|call| !call.is_finished()).count();
        if left == 0 { Ok(()) } else { Err(format!("{left} calls run or wait")) }
    })
    .await;
    assert_eq!(most, 2);
    for call in calls {
        assert_eq!(text(&call.await.unwrap()), "x");
    }
}

#[tokio::test]
async fn no_more_calls_run_at_once_than_there_is_memory_for() {
    // Four calls of 32 MiB; two of one project.
    let pool = pool_with(|s| s.memory_bytes = 4 * 32 * 1024 * 1024);
    let slow = |project| pool.begin(call(project, "sleep(0.1); \"x\""));
    let (mut most, mut most_of_one) = (0, 0);
    let mut calls: Vec<_> = (0..15).map(|_| slow(1)).collect();
    // Also while nobody else wants any.
    let two_run = |s: &PoolStatus| s.processes.iter().any(|p| p.running == 2);
    pool.until(|s| (1..13).contains(&s.waiting) && two_run(s)).await;
    calls.extend((0..15).map(|_| slow(2)));
    let mut watch = || {
        most_of_one = most_of_one.max(pool.running(1));
        most = most.max(pool.status().processes.iter().map(|p| p.running).sum::<usize>());
    };
    pool.until(|s| s.waiting > 0 && s.processes.iter().filter(|p| p.running == 2).count() == 2)
        .await;
    // A third has its turn while the others still wait for theirs.
    let third = slow(3);
    until(|| {
        watch();
        if third.is_finished() { Ok(()) } else { Err("the third waits".to_owned()) }
    })
    .await;
    assert!(pool.status().waiting > 0, "the third came last");
    assert_eq!(text(&third.await.unwrap()), "x");
    until(|| {
        watch();
        let left = calls.iter().filter(|call| !call.is_finished()).count();
        if left == 0 { Ok(()) } else { Err(format!("{left} calls run or wait")) }
    })
    .await;
    assert_eq!((most, most_of_one), (4, 2));
    for call in calls {
        assert_eq!(text(&call.await.unwrap()), "x");
    }
}

#[tokio::test]
async fn a_call_for_which_there_is_never_memory_runs_alone() {
    let pool = pool_with(|s| s.memory_bytes = 1);
    let calls: Vec<_> = (0..6).map(|n| pool.begin(call(1 + n % 3, "sleep(0.05); \"x\""))).collect();
    let mut most = 0;
    until(|| {
        most = most.max(pool.status().processes.iter().map(|p| p.running).sum::<usize>());
        let left = calls.iter().filter(|call| !call.is_finished()).count();
        if left == 0 { Ok(()) } else { Err(format!("{left} calls run or wait")) }
    })
    .await;
    assert_eq!(most, 1);
    for call in calls {
        assert_eq!(text(&call.await.unwrap()), "x");
    }
}

#[tokio::test]
async fn waiting_has_bounds_per_project_and_in_all() {
    let pool = pool_with(|s| (s.waiting_per_project, s.waiting) = (3, 4));
    let mut held = Vec::new();
    for project in [1, 2] {
        held.extend((0..2).map(|_| pool.begin(call_with(project, "sleep(60)", two_at_a_time))));
        pool.until(|s| s.processes.iter().map(|p| p.running).sum::<usize>() == held.len()).await;
    }
    let one: Vec<_> = (0..3).map(|_| pool.begin(call_with(1, "1", two_at_a_time))).collect();
    pool.until(|s| s.waiting == 3).await;
    let outcome = pool.run(call_with(1, "1", two_at_a_time)).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Unavailable(why) if why.contains("of this project")),
        "{outcome:?}"
    );
    let two = pool.begin(call_with(2, "1", two_at_a_time));
    pool.until(|s| s.waiting == 4).await;
    let outcome = pool.run(call_with(2, "1", two_at_a_time)).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Unavailable(why) if why.contains("for an executor")),
        "{outcome:?}"
    );
    // Who stops waiting makes room.
    one[0].abort();
    pool.until(|s| s.waiting == 3).await;
    two.abort();
    for call in held {
        call.abort();
    }
}

#[tokio::test]
async fn a_call_that_finds_no_turn_in_its_time_says_so() {
    let pool = pool();
    let one = |call: &mut Call| call.budget.concurrency = 1;
    let _held = pool.begin(call_with(1, "sleep(60)", one));
    pool.until(|s| s.processes.iter().any(|p| p.running == 1)).await;
    let brief = |call: &mut Call| (call.budget.concurrency, call.budget.time_ms) = (1, 200);
    let outcome = pool.run(call_with(1, "1", brief)).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Unavailable(why) if why.contains("no executor was free")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn one_process_serves_many_projects_in_turn() {
    let pool = pool_with(|s| {
        (s.processes, s.spares) = (1, 0);
        s.slice = Duration::from_millis(20);
    });
    // The first is given the next call long before its last one ends, so it is never idle.
    let greedy = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut often = tokio::time::interval(Duration::from_millis(10));
            let mut calls = tokio::task::JoinSet::new();
            loop {
                often.tick().await;
                let pool = pool.clone();
                calls.spawn(async move { pool.invoke(call(1, "sleep(0.05)")).await.outcome });
                while let Some(outcome) = calls.try_join_next() {
                    assert!(matches!(outcome, Ok(Outcome::Returned(_))), "{outcome:?}");
                }
            }
        }
    });
    pool.until(|s| s.processes.iter().any(|p| p.project == Some(project(1)))).await;
    for other in 2..6 {
        assert_eq!(pool.text(other, "ctx.project").await, project(other).to_string());
    }
    assert!(!greedy.is_finished(), "one of its calls was lost");
    greedy.abort();
}

#[tokio::test]
async fn an_idle_process_is_taken_back_and_never_given_to_another_project() {
    let pool = pool_with(|s| s.idle = Duration::from_millis(50));
    let mut seen = Vec::new();
    for project in [1, 2, 1] {
        assert_eq!(pool.text(project, "1").await, "1");
        let pid = pool.pid(project).unwrap();
        assert!(!seen.contains(&pid));
        seen.push(pid);
        pool.until(|s| s.processes.iter().all(|p| p.project.is_none())).await;
    }
}

#[tokio::test]
async fn a_thousand_calls_that_sleep_all_end() {
    let pool = pool();
    let calls: Vec<_> = (0..1000)
        .map(|_| pool.begin(call_with(1, "sleep(60)", |call| call.budget.time_ms = 500)))
        .collect();
    let (mut late, mut turned_away) = (0, 0);
    for call in calls {
        let ended = tokio::time::timeout(LONG, call).await.unwrap().unwrap();
        match ended.outcome {
            Outcome::Exceeded(Exceeded::Time) => late += 1,
            Outcome::Unavailable(_) => turned_away += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(late + turned_away, 1000);
    // Eight run at once; one that ends early lets another begin for the rest of its time.
    assert!((8..100).contains(&late), "{late}");
    assert_eq!(pool.text(1, "1").await, "1");
}

#[tokio::test]
async fn executors_end_with_their_pool() {
    let pool = pool();
    assert_eq!(pool.text(1, "1").await, "1");
    let pids: Vec<_> = pool.status().processes.iter().map(|p| p.pid).collect();
    drop(pool);
    let lives = |pid: &&u32| std::path::Path::new(&format!("/proc/{pid}")).exists();
    until(|| pids.iter().find(lives).map_or(Ok(()), |pid| Err(format!("{pid} lives")))).await;
}
