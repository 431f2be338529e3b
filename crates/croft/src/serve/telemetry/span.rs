//! A finished span, and how OTLP writes it in JSON.
//!
//! The protocol: OTLP 1.x, `opentelemetry/proto/trace/v1/trace.proto` in the JSON mapping of
//! Protobuf, with ids in hex and 64-bit numbers as strings as OTLP wants them. Names of attributes
//! are those of OpenTelemetry's semantic conventions where there is one.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_SERVER`.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// What `tracing` calls a field, and what the conventions call it.
const NAMES: [(&str, &str); 2] =
    [("http.method", "http.request.method"), ("http.status", "http.response.status_code")];

/// A value of OTLP's, `AnyValue`: `{"stringValue": ...}`.
pub(super) type AnyValue = Value;

/// A span, finished or not.
#[derive(Debug, Clone)]
pub(super) struct Span {
    /// What it is called in the source.
    pub(super) name: &'static str,
    /// The trace, 16 bytes in hex.
    pub(super) trace: String,
    /// The span, 8 bytes in hex.
    pub(super) id: String,
    /// The span it is inside of, perhaps the client's.
    pub(super) parent: Option<String>,
    /// Whether it began with somebody's request.
    pub(super) root: bool,
    pub(super) began: OffsetDateTime,
    pub(super) took: Duration,
    pub(super) attributes: Vec<(&'static str, AnyValue)>,
    /// Warnings and errors inside it.
    pub(super) events: Vec<Event>,
}

/// A line of the log inside a span.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) at: OffsetDateTime,
    pub(super) error: bool,
    pub(super) message: String,
    pub(super) attributes: Vec<(&'static str, AnyValue)>,
}

impl Span {
    fn attribute(&self, name: &str) -> Option<&AnyValue> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// `GET /api/v1/projects`, as the conventions name a request.
    fn title(&self) -> String {
        let text = |name| self.attribute(name)?.get("stringValue")?.as_str();
        match (text("http.method"), text("http.route")) {
            (Some(method), Some(route)) => format!("{method} {route}"),
            _ => self.name.to_owned(),
        }
    }

    /// Failed is what logged an error or was answered with 5xx; 4xx is the client's doing.
    fn status(&self) -> Value {
        let told = self.events.iter().find(|event| event.error);
        let number = |value: &AnyValue| value.get("intValue")?.as_str()?.parse::<u16>().ok();
        let failed = self.attribute("http.status").and_then(number).is_some_and(|s| s >= 500);
        match told {
            Some(event) => json!({ "code": ERROR, "message": event.message }),
            None if failed => json!({ "code": ERROR }),
            None => json!({}),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "traceId": self.trace,
            "spanId": self.id,
            "parentSpanId": self.parent.as_deref().unwrap_or_default(),
            "name": self.title(),
            "kind": if self.root { SERVER } else { INTERNAL },
            "startTimeUnixNano": nanos(self.began),
            "endTimeUnixNano": nanos(self.began + self.took),
            "attributes": key_values(&self.attributes),
            "events": self.events.iter().map(Event::to_json).collect::<Vec<_>>(),
            "status": self.status(),
        })
    }
}

impl Event {
    fn to_json(&self) -> Value {
        json!({
            "timeUnixNano": nanos(self.at),
            "name": self.message,
            "attributes": key_values(&self.attributes),
        })
    }
}

/// An `ExportTraceServiceRequest`.
pub(super) fn request(spans: &[Span]) -> Value {
    let resource = [
        ("service.name", json!({ "stringValue": "croft" })),
        ("service.version", json!({ "stringValue": env!("CARGO_PKG_VERSION") })),
    ];
    json!({ "resourceSpans": [{
        "resource": { "attributes": key_values(&resource) },
        "scopeSpans": [{
            "scope": { "name": "croft" },
            "spans": spans.iter().map(Span::to_json).collect::<Vec<_>>(),
        }],
    }] })
}

fn key_values(attributes: &[(&'static str, AnyValue)]) -> Vec<Value> {
    let pair = |(name, value): &(&'static str, AnyValue)| {
        let convention = NAMES.iter().find(|(ours, _)| ours == name);
        json!({ "key": convention.map_or(*name, |(_, theirs)| theirs), "value": value })
    };
    attributes.iter().map(pair).collect()
}

fn nanos(at: OffsetDateTime) -> String {
    at.unix_timestamp_nanos().to_string()
}
