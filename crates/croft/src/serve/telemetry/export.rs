//! Sends finished spans in the background, some at a time.
//!
//! While the collector is away a batch is tried again and the queue fills; what then finds no place
//! is dropped and counted in `croft_trace_spans_dropped_total`. Nothing ever waits for it but the
//! end of the process, and that not long.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc},
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    super::supervise::supervise,
    collector::{Collector, Failure},
    span::Span,
};

/// Spans that may wait.
const QUEUE: usize = 2048;
/// Spans sent together, at most.
const BATCH: usize = 512;
/// How long the first of a batch waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// The first and the longest pause before a batch is tried again.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often it is said that spans do not arrive.
const SAY_EVERY: Duration = Duration::from_mins(1);
/// How long the end of the process waits for the rest to be sent.
const DRAIN: Duration = Duration::from_secs(5);

/// The queue between the spans and who sends them.
pub(super) fn queue() -> (mpsc::Sender<Span>, mpsc::Receiver<Span>) {
    mpsc::channel(QUEUE)
}

/// Counts spans that nobody will see.
pub(super) fn dropped(why: &'static str, spans: usize) {
    metrics::counter!("croft_trace_spans_dropped_total", "why" => why).increment(spans as u64);
}

/// The task that sends.
pub(super) struct Exporter {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Exporter {
    /// Starts sending what comes out of the queue.
    pub(super) fn start(collector: Collector, queue: mpsc::Receiver<Span>) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let state = Sending { collector, queue, batch: Vec::with_capacity(BATCH), said: None };
        let (state, stopped) = (Arc::new(Mutex::new(state)), stop.clone());
        supervise(&tasks, &stop, "traces", move || {
            let (state, stop) = (Arc::clone(&state), stopped.clone());
            async move { state.lock().await.run(&stop).await }
        });
        Self { stop, tasks }
    }

    /// Sends what waits, as far as the time allows, and ends.
    pub(super) async fn drain(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Sending {
    collector: Collector,
    queue: mpsc::Receiver<Span>,
    /// What is to be sent next; kept when the task is begun anew.
    batch: Vec<Span>,
    /// When it was last said that spans do not arrive.
    said: Option<Instant>,
}

impl Sending {
    async fn run(&mut self, stop: &CancellationToken) {
        while !stop.is_cancelled() && !self.queue.is_closed() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.gather() => self.deliver(stop).await,
            }
        }
        if timeout(DRAIN, self.send_rest()).await.is_err() {
            dropped("shutdown", self.batch.len() + self.queue.len());
        }
    }

    /// Fills the batch; it has at least one span afterwards. May be given up at any point.
    async fn gather(&mut self) {
        if self.batch.is_empty() {
            self.queue.recv_many(&mut self.batch, BATCH).await;
        }
        let more = async {
            while self.batch.len() < BATCH && !self.queue.is_closed() {
                let place = BATCH - self.batch.len();
                self.queue.recv_many(&mut self.batch, place).await;
            }
        };
        // In time or not: what is there is sent.
        let _ = timeout(GATHER, more).await;
    }

    /// Sends the batch, again and again while that makes sense; it is empty afterwards unless
    /// everything ends.
    async fn deliver(&mut self, stop: &CancellationToken) {
        let mut pause = PAUSE;
        while !self.try_once().await {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
            }
        }
    }

    /// Sends the batch once. Whether it is dealt with.
    async fn try_once(&mut self) -> bool {
        let Err(failure) = self.collector.send(&self.batch).await else {
            metrics::counter!("croft_trace_spans_sent_total").increment(self.batch.len() as u64);
            self.batch.clear();
            return true;
        };
        self.say(&failure);
        let refused = matches!(failure, Failure::Refused(_));
        if refused {
            dropped("refused", self.batch.len());
            self.batch.clear();
        }
        refused
    }

    async fn send_rest(&mut self) {
        loop {
            while self.batch.len() < BATCH
                && let Ok(span) = self.queue.try_recv()
            {
                self.batch.push(span);
            }
            if self.batch.is_empty() {
                return;
            }
            if !self.try_once().await {
                dropped("shutdown", self.batch.len() + self.queue.len());
                return;
            }
        }
    }

    fn say(&mut self, failure: &Failure) {
        if self.said.is_some_and(|said| said.elapsed() < SAY_EVERY) {
            return;
        }
        self.said = Some(Instant::now());
        tracing::warn!(
            collector = self.collector.host(),
            error = %failure,
            cause = std::error::Error::source(failure),
            "traces do not arrive: look after the collector at otlp_endpoint, or unset it"
        );
    }
}
