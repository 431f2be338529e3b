//! Background tasks that must not end before the server does.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long to wait before a task that ended is begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs a task until `stop`, and again when it panics or ends before. The task itself watches
/// `stop` too and finishes what it has in hand.
pub(crate) fn supervise<F>(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    name: &'static str,
    mut task: impl FnMut() -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let stop = stop.clone();
    tasks.spawn(async move {
        loop {
            let ended = tokio::spawn(task()).await;
            if stop.is_cancelled() {
                return;
            }
            match ended {
                Ok(()) => tracing::error!(task = name, "a background task ended; beginning it again"),
                Err(error) => {
                    tracing::error!(task = name, %error, "a background task panicked; beginning it again");
                }
            }
            metrics::counter!("croft_task_restarts_total", "task" => name).increment(1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    });
}
