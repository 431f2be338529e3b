//! Logs, metrics and traces.
//!
//! Traces go out as they are made when a collector is set: a span of `tracing` that carries a
//! `trace_id` and a `span_id` (the API's span of a request, whose log lines say the same) is
//! exported when it closes, and so is every span inside it.

mod span;
mod record;
mod collector;
mod export;

use std::{io::IsTerminal, sync::Arc};

use anyhow::Context;
use croft_ports::{Clock, Entropy};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{
    Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt,
};

use self::{collector::Collector, export::Exporter, record::Recorder};
use crate::settings::{LogFormat, Settings};

/// What was installed for the process.
pub(crate) struct Telemetry {
    /// Renders the metrics.
    pub(crate) metrics: PrometheusHandle,
    exporter: Option<Exporter>,
}

/// Installs the log, the metrics recorder and, with an `otlp_endpoint`, the export of traces.
pub(crate) fn start(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Telemetry> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).boxed(),
        LogFormat::Text => {
            lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed()
        }
    };
    let collector = settings.otlp_endpoint.as_ref().map(Collector::new).transpose()?;
    let (spans, waiting) = export::queue();
    let recorder = collector
        .is_some()
        .then(|| Recorder::new(clock, entropy, spans).with_filter(LevelFilter::INFO));
    tracing_subscriber::registry()
        .with(lines.with_filter(settings.log_level.clone()))
        .with(recorder)
        .try_init()
        .context("the log was set up twice")?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("the metrics recorder was set up twice")?;
    let exporter = collector.map(|collector| Exporter::start(collector, waiting));
    Ok(Telemetry { metrics, exporter })
}

impl Telemetry {
    /// Sends the spans that wait; the last thing before the process ends. Bounded in time.
    pub(crate) async fn drain(self) {
        if let Some(exporter) = self.exporter {
            exporter.drain().await;
        }
    }
}
