//! The collector that traces are sent to, by OTLP over HTTP.

use std::time::Duration;

use anyhow::Context;
use reqwest::{StatusCode, header::CONTENT_TYPE, redirect::Policy};
use url::Url;

use super::span::{self, Span};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one request may take as a whole.
const ANSWER: Duration = Duration::from_secs(5);
/// Where an OTLP endpoint takes traces.
const PATH: &str = "v1/traces";

/// A collector.
#[derive(Clone)]
pub(super) struct Collector {
    http: reqwest::Client,
    traces: Url,
}

/// Why spans did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It may take them later.
    #[error("it cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It may take them later, it says.
    #[error("it answers {0}")]
    Busy(StatusCode),
    /// It will never take these.
    #[error("it answers {0}")]
    Refused(StatusCode),
}

impl Collector {
    /// The one at that address, with or without the path at its end. A user name and password in it
    /// are sent as basic credentials.
    pub(super) fn new(endpoint: &Url) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("croft/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // What the operator named is where traces go: nothing in the environment or in an
            // answer sends them elsewhere.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .context("cannot make the client for otlp_endpoint")?;
        Ok(Self { http, traces: traces(endpoint) })
    }

    /// Its host, for the log.
    pub(super) fn host(&self) -> &str {
        self.traces.host_str().unwrap_or_default()
    }

    /// Sends spans once.
    pub(super) async fn send(&self, spans: &[Span]) -> Result<(), Failure> {
        let body = span::request(spans).to_string();
        let request = self.http.post(self.traces.clone()).header(CONTENT_TYPE, "application/json");
        let answer = request.body(body).send().await.map_err(|error| {
            // The address may hold a password.
            Failure::Unreachable(error.without_url())
        })?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            // The protocol names these; everything else will not be better next time.
            status @ (StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT) => Err(Failure::Busy(status)),
            status => Err(Failure::Refused(status)),
        }
    }
}

fn traces(endpoint: &Url) -> Url {
    let mut url = endpoint.clone();
    let path = url.path().trim_end_matches('/');
    if !path.ends_with(PATH) {
        let path = format!("{path}/{PATH}");
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_added_unless_it_is_there() {
        for (given, asked) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            ("https://example.com/otlp", "https://example.com/otlp/v1/traces"),
            ("https://example.com/otlp/v1/traces", "https://example.com/otlp/v1/traces"),
        ] {
            assert_eq!(traces(&given.parse().unwrap()).as_str(), asked);
        }
    }
}
