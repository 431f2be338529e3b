//! What is counted and what gets a row, without a store.

use std::{
    sync::atomic::AtomicU64,
    thread,
    time::{Duration, Instant as Std},
};

use croft_model::{
    function::{OutcomeKind, Trigger},
    id::Id,
};
use croft_ports::function_invoker::ScriptError;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

fn sink() -> (Sink, mpsc::Receiver<Invocation>) {
    let (rows, waiting) = mpsc::channel(WAITING);
    (Sink { rows, shared: Arc::default() }, waiting)
}

/// A call of the function of that number, in a project of its own for each ten.
fn call(function: u128, duration_us: u64) -> Invocation {
    Invocation {
        team: Id::from_uuid(Uuid::nil()),
        project: Id::from_uuid(Uuid::from_u128(function / 10)),
        function: Id::from_uuid(Uuid::from_u128(function)),
        request: Id::from_uuid(Uuid::nil()),
        trigger: Trigger::Http,
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
        method: "GET".to_owned(),
        path: "/hello/Grace".to_owned(),
        status: 200,
        outcome: OutcomeKind::Returned,
        duration_us,
        error: None,
        log: Vec::new(),
    }
}

fn failed(function: u128) -> Invocation {
    let error = Some(ScriptError::of("no"));
    Invocation { status: 500, outcome: OutcomeKind::Threw, error, ..call(function, 10) }
}

/// Calls and what was left out of them.
fn counted(sink: &Sink) -> (u64, u64) {
    let drained = sink.shared.tally.drain(Instant::now());
    let counts = drained.iter().flat_map(|drained| &drained.counts);
    counts.fold((0, 0), |(calls, left), count| (calls + count.calls, left + count.left_out))
}

fn rows(waiting: &mut mpsc::Receiver<Invocation>) -> Vec<Invocation> {
    std::iter::from_fn(|| waiting.try_recv().ok()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_has_no_row_is_counted() {
    let (sink, mut waiting) = sink();
    (0..1000).for_each(|_| sink.record(call(1, 100)));
    (0..30).for_each(|_| sink.record(failed(1)));
    let kept = rows(&mut waiting);
    let failures = kept.iter().filter(|row| row.has_failed()).count();
    // The first may use what is kept for quiet functions.
    assert_eq!((kept.len() - failures, failures), (25, 20));
    assert_eq!(counted(&sink), (1030, 1030 - 45));
    sink.record(call(2, 100));
    assert_eq!(rows(&mut waiting).len(), 1, "a quiet function beside a busy one is seen");
    tokio::time::advance(Duration::from_secs(1)).await;
    (0..1000).for_each(|_| sink.record(call(1, 100)));
    (0..30).for_each(|_| sink.record(failed(1)));
    let kept = rows(&mut waiting);
    assert!((45..=70).contains(&kept.len()), "{}", kept.len());
    assert_eq!(counted(&sink), (1031, 1030 - kept.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn slow_calls_have_rows_and_leave_room_for_failures() {
    let (sink, mut waiting) = sink();
    for _ in 0..10 {
        (0..100).for_each(|_| sink.record(call(1, 100)));
        counted(&sink);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    rows(&mut waiting);
    // None of what is kept for samples is left.
    (0..100).for_each(|_| sink.record(call(1, 100)));
    (0..100).for_each(|_| sink.record(call(1, 5000)));
    (0..100).for_each(|_| sink.record(failed(1)));
    let kept = rows(&mut waiting);
    assert_eq!(kept.iter().filter(|row| row.duration_us == 5000).count(), 10);
    assert_eq!(kept.iter().filter(|row| row.has_failed()).count(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_bounded_by_its_bytes() {
    let (sink, mut waiting) = sink();
    let long = "x".repeat(8 * 1024);
    for function in 0..WAITING as u128 {
        sink.record(Invocation { path: long.clone(), ..call(function * 10, 1) });
    }
    let (calls, left_out) = counted(&sink);
    let kept = rows(&mut waiting).len() as u64;
    assert_eq!((calls, left_out), (WAITING as u64, WAITING as u64 - kept));
    assert!(kept < 2048 && kept > 1900, "{kept}");
}

/// Prints what a call costs whoever records it; worth reading from
/// `cargo test --release -p croft-store --lib many_at_once -- --nocapture`.
#[test]
fn many_at_once_are_counted_exactly() {
    for threads in [1, 2, 4] {
        let (each, took) = record_from(threads);
        println!("record(): {took} ns a call, {threads} threads, {each} calls each");
    }
}

/// Records from so many threads at once, to one function; calls of each and nanoseconds of one.
fn record_from(threads: u64) -> (u64, u64) {
    const EACH: u64 = 200_000;
    let (sink, waiting) = sink();
    let spent = AtomicU64::new(0);
    thread::scope(|scope| {
        for seed in 0..threads {
            let (sink, spent) = (&sink, &spent);
            scope.spawn(move || {
                let calls: Vec<_> = (0..EACH).map(|n| call(7, n * 7919 % 1000 + seed)).collect();
                let began = Std::now();
                for call in calls {
                    sink.record(call);
                }
                let took = u64::try_from(began.elapsed().as_nanos()).unwrap();
                spent.fetch_add(took, Ordering::Relaxed);
            });
        }
    });
    let (calls, left_out) = counted(&sink);
    assert_eq!(calls, threads * EACH);
    assert_eq!(left_out + waiting.len() as u64, calls);
    (EACH, spent.into_inner() / calls)
}
