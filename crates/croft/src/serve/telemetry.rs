//! Logs and metrics.

use std::io::IsTerminal;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::{LogFormat, Settings};

/// Installs the log and the metrics recorder for the process.
pub(crate) fn start(settings: &Settings) -> anyhow::Result<PrometheusHandle> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).boxed(),
        LogFormat::Text => {
            lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed()
        }
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(settings.log_level.clone()))
        .try_init()
        .context("the log was set up twice")?;
    PrometheusBuilder::new().install_recorder().context("the metrics recorder was set up twice")
}
