//! A pool as the tests use it.

use std::{
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use croft_functions::{ExecutorPool, PoolSettings, pool::PoolStatus};
use croft_model::{
    function::Budget,
    id::{FunctionId, ProjectId, RequestId, VersionId},
};
use croft_ports::function_invoker::{Call, CallRequest, Done, FunctionInvoker, Outcome};
use uuid::Uuid;

/// No condition is awaited longer.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Pool(Arc<ExecutorPool>);

impl Deref for Pool {
    type Target = Arc<ExecutorPool>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

pub(crate) fn settings() -> PoolSettings {
    let mut settings = PoolSettings::new(env!("CARGO_BIN_EXE_croft-executor").into(), Vec::new());
    if rustix::process::geteuid().is_root() {
        // Each test process has users of its own, since processes are limited per user.
        settings.first_user = Some(1_000_000 + std::process::id() * 64);
    }
    settings.processes = 4;
    // Groups outlive a test that is killed.
    settings.control_groups = None;
    settings.memory_bytes = 1 << 40;
    settings
}

pub(crate) fn pool() -> Pool {
    pool_with(|_| ())
}

pub(crate) fn pool_with(change: impl FnOnce(&mut PoolSettings)) -> Pool {
    let mut settings = settings();
    change(&mut settings);
    Pool(Arc::new(ExecutorPool::start(settings).unwrap()))
}

impl Pool {
    pub(crate) async fn run(&self, call: Call) -> Done {
        self.invoke(call).await
    }

    /// Begins a call beside the test.
    pub(crate) fn begin(&self, call: Call) -> tokio::task::JoinHandle<Done> {
        let pool = Arc::clone(&self.0);
        tokio::spawn(async move { pool.invoke(call).await })
    }

    /// The text a source answers.
    pub(crate) async fn text(&self, project: u8, source: &str) -> String {
        text(&self.run(call(project, source)).await)
    }

    pub(crate) async fn until(&self, condition: impl Fn(&PoolStatus) -> bool) {
        until(|| {
            let status = self.status();
            if condition(&status) { Ok(()) } else { Err(format!("{status:?}")) }
        })
        .await;
    }

    pub(crate) fn running(&self, number: u8) -> usize {
        let of = |p: &&croft_functions::pool::ProcessStatus| p.project == Some(project(number));
        self.status().processes.iter().filter(of).map(|p| p.running).sum()
    }

    pub(crate) fn pid(&self, number: u8) -> Option<u32> {
        let status = self.status();
        status.processes.iter().find(|p| p.project == Some(project(number))).map(|p| p.pid)
    }
}

/// Waits until it passes; an error says how things stand instead.
pub(crate) async fn until(mut condition: impl FnMut() -> Result<(), String>) {
    let end = Instant::now() + LONG;
    while let Err(stand) = condition() {
        assert!(Instant::now() < end, "never came to be: {stand}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) fn project(number: u8) -> ProjectId {
    ProjectId::from_uuid(Uuid::from_bytes([number; 16]))
}

/// A call of that text with ample bounds. The version is the text's.
pub(crate) fn call(number: u8, source: &str) -> Call {
    let version = Uuid::from_u128(source.bytes().fold(u128::from(number), |hash, byte| {
        hash.wrapping_mul(0x0100_0000_0000_0000_0000_013b).wrapping_add(u128::from(byte))
    }));
    Call {
        project: project(number),
        function: FunctionId::from_uuid(version),
        name: "greet".into(),
        version: VersionId::from_uuid(version),
        source: source.into(),
        budget: Budget {
            time_ms: 10_000,
            memory_bytes: 32 * 1024 * 1024,
            response_bytes: 1024 * 1024,
            operations: u64::MAX,
            concurrency: 8,
        },
        environment: Arc::default(),
        request: CallRequest {
            id: RequestId::from_uuid(Uuid::from_u128(7)),
            method: "POST".to_owned(),
            host: "shop.test".to_owned(),
            path: "/hello/Ada".to_owned(),
            query: "a=1&b=x%20y&a=2".to_owned(),
            params: vec![("name".to_owned(), "Ada".to_owned())],
            host_params: vec![("tenant".to_owned(), "acme".to_owned())],
            headers: vec![
                ("accept".to_owned(), "a".to_owned()),
                ("accept".to_owned(), "b".to_owned()),
            ],
            body: Bytes::from_static(br#"{"n": [1, 2.5, null, "x"]}"#),
            client: [192, 0, 2, 1].into(),
        },
    }
}

/// The same with a change.
pub(crate) fn call_with(number: u8, source: &str, change: impl FnOnce(&mut Call)) -> Call {
    let mut call = call(number, source);
    change(&mut call);
    call
}

pub(crate) fn text(done: &Done) -> String {
    match &done.outcome {
        Outcome::Returned(response) => String::from_utf8(response.body.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}
