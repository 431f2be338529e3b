//! Runs functions in the calling process: for unit tests of other crates only. It has the
//! engine's bounds and none of the walls of a process of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use croft_model::id::ProjectId;
use croft_ports::function_invoker::{Call, CheckError, Done, FunctionInvoker, Outcome};

use crate::{alloc, capabilities, context::Context, engine::Engine, frame::RunOwned, meter};

/// A [`FunctionInvoker`] without processes.
#[derive(Clone)]
pub struct InProcessInvoker(Arc<Engine>);

impl Default for InProcessInvoker {
    fn default() -> Self {
        Self(Arc::new(Engine::new()))
    }
}

impl InProcessInvoker {
    fn run(&self, call: &Call) -> Done {
        let begun = Instant::now();
        alloc::begin();
        meter::begin(begun + Duration::from_millis(call.budget.time_ms), &call.budget);
        capabilities::begin(Arc::clone(&call.environment));
        let request = call.request.clone();
        let run = RunOwned {
            lane: 0,
            version: *call.version.uuid().as_bytes(),
            source: None,
            digest: call.environment.digest,
            environment: None,
            time_us: 0,
            budget: call.budget,
            project: *call.project.uuid().as_bytes(),
            name: call.name.to_string(),
            request: *request.id.uuid().as_bytes(),
            method: request.method,
            host: request.host,
            path: request.path,
            query: request.query,
            params: request.params,
            host_params: request.host_params,
            headers: request.headers,
            body: request.body,
            client: request.client,
        };
        let outcome = match self.0.compile(&call.source) {
            Ok(script) => self.0.run(&script, Context::new(run), call.budget.response_bytes),
            Err(error) => Outcome::Threw(error),
        };
        let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        meter::finish();
        Done { outcome, log: capabilities::finish(), duration_us }
    }
}

#[async_trait]
impl FunctionInvoker for InProcessInvoker {
    async fn invoke(&self, call: Call) -> Done {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || this.run(&call)).await;
        done.unwrap_or_else(|error| Done {
            outcome: Outcome::Unavailable(format!("the engine panicked: {error}")),
            log: Vec::new(),
            duration_us: 0,
        })
    }

    async fn check(&self, _project: ProjectId, source: Arc<str>) -> Result<(), CheckError> {
        self.0.compile(&source).map(drop).map_err(CheckError::Script)
    }
}
