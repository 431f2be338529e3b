//! Follows the spans of `tracing` and hands those of a trace to the queue when they close.
//!
//! All of it runs inside requests, so it never waits: a span that finds the queue full is counted
//! and gone.

use std::{fmt, sync::Arc, time::Instant};

use croft_ports::{Clock, Entropy};
use data_encoding::HEXLOWER;
use serde_json::json;
use tokio::sync::mpsc;
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    layer::{Context, Layer},
    registry::LookupSpan,
};

use super::span::{AnyValue, Event, Span};

/// What one span holds at most, so that the queue's bound is one in bytes as well: attributes,
/// events, and the bytes of a text.
const ATTRIBUTES: usize = 32;
const EVENTS: usize = 8;
const TEXT: usize = 1024;

/// The layer.
pub(super) struct Recorder {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    queue: mpsc::Sender<Span>,
}

/// A span that is not closed yet, kept beside that of `tracing`.
struct Open {
    span: Span,
    since: Instant,
}

impl Recorder {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        queue: mpsc::Sender<Span>,
    ) -> Self {
        Self { clock, entropy, queue }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(entry) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let (trace, own, parent, root) = match (fields.trace, fields.span) {
            (Some(trace), Some(own)) => (trace, own, fields.parent, true),
            _ => {
                let Some(parent) = entry.parent() else { return };
                let extensions = parent.extensions();
                let Some(Open { span, .. }) = extensions.get() else { return };
                let own = HEXLOWER.encode(&self.entropy.bytes::<8>());
                (span.trace.clone(), own, Some(span.id.clone()), false)
            }
        };
        let span = Span {
            name: entry.name(),
            trace,
            id: own,
            parent,
            root,
            began: self.clock.now(),
            took: std::time::Duration::ZERO,
            attributes: fields.attributes,
            events: Vec::new(),
        };
        entry.extensions_mut().insert(Open { span, since: Instant::now() });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(entry) = context.span(id) else { return };
        let mut extensions = entry.extensions_mut();
        let Some(Open { span, .. }) = extensions.get_mut() else { return };
        let mut fields =
            Fields { attributes: std::mem::take(&mut span.attributes), ..Fields::default() };
        values.record(&mut fields);
        span.attributes = fields.attributes;
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        // Lower levels are "more" in tracing's order.
        if *event.metadata().level() > Level::WARN {
            return;
        }
        let Some(entry) = context.event_span(event) else { return };
        let mut extensions = entry.extensions_mut();
        let Some(Open { span, .. }) = extensions.get_mut() else { return };
        if span.events.len() >= EVENTS {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        span.events.push(Event {
            at: self.clock.now(),
            error: *event.metadata().level() == Level::ERROR,
            message: fields.message.unwrap_or_else(|| event.metadata().name().to_owned()),
            attributes: fields.attributes,
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(entry) = context.span(&id) else { return };
        let Some(Open { mut span, since }) = entry.extensions_mut().remove() else { return };
        span.took = since.elapsed();
        if self.queue.try_send(span).is_err() {
            super::export::dropped("queue full", 1);
        }
    }
}

/// Reads fields: the ids, an event's message, and the rest as attributes.
#[derive(Default)]
struct Fields {
    trace: Option<String>,
    span: Option<String>,
    parent: Option<String>,
    message: Option<String>,
    attributes: Vec<(&'static str, AnyValue)>,
}

impl Fields {
    fn keep(&mut self, field: &Field, value: AnyValue) {
        let known = self.attributes.iter().position(|(name, _)| *name == field.name());
        match known {
            Some(at) => self.attributes[at].1 = value,
            None if self.attributes.len() < ATTRIBUTES => {
                self.attributes.push((field.name(), value));
            }
            None => {}
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let text = value[..value.floor_char_boundary(TEXT)].to_owned();
        match field.name() {
            "trace_id" => self.trace = Some(text),
            "span_id" => self.span = Some(text),
            "parent_id" => self.parent = Some(text),
            "message" => self.message = Some(text),
            _ => self.keep(field, json!({ "stringValue": text })),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, json!({ "boolValue": value }));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, json!({ "intValue": value.to_string() }));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // OTLP has no unsigned number.
        match i64::try_from(value) {
            Ok(value) => self.record_i64(field, value),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        if value.is_finite() {
            self.keep(field, json!({ "doubleValue": value }));
        }
    }
}

#[cfg(test)]
mod tests {
    use croft_ports::{clock::SystemClock, entropy::SystemEntropy};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::serve::telemetry::span::request;

    /// The spans that `work` leaves behind when there is place for `queue`.
    fn spans(queue: usize, work: impl FnOnce()) -> Vec<Span> {
        let (send, mut received) = mpsc::channel(queue);
        let recorder = Recorder::new(Arc::new(SystemClock), Arc::new(SystemEntropy), send);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(recorder), work);
        std::iter::from_fn(|| received.try_recv().ok()).collect()
    }

    #[test]
    fn what_happens_inside_a_request_is_in_its_trace_and_nothing_else_is() {
        let made = spans(9, || {
            let _other = tracing::info_span!("other").entered();
            let _request =
                tracing::info_span!("request", trace_id = "aa", span_id = "bb").entered();
            let _inner = tracing::info_span!("inner", n = -1, big = u64::MAX).entered();
            tracing::info!("not told");
            tracing::error!(cause = "disk full", "not written");
        });
        let [inner, outer] = &made[..] else { panic!("{made:?}") };
        assert_eq!((inner.trace.as_str(), inner.parent.as_deref()), ("aa", Some("bb")));
        assert_eq!((inner.id.len(), outer.id.as_str(), &outer.parent), (16, "bb", &None));

        let json = request(&made);
        let inner = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(inner["status"], json!({ "code": 2, "message": "not written" }));
        assert_eq!(inner["events"].as_array().unwrap().len(), 1, "{inner}");
        let cause = json!([{ "key": "cause", "value": { "stringValue": "disk full" } }]);
        assert_eq!(inner["events"][0]["attributes"], cause);
        let numbers = json!([
            { "key": "n", "value": { "intValue": "-1" } },
            { "key": "big", "value": { "stringValue": u64::MAX.to_string() } },
        ]);
        assert_eq!(inner["attributes"], numbers);
    }

    #[test]
    fn a_span_is_bounded_and_so_is_the_queue() {
        let made = spans(1, || {
            for _ in 0..3 {
                let request =
                    tracing::info_span!("request", trace_id = "aa", span_id = "bb", text = "");
                let _request = request.enter();
                request.record("text", "é".repeat(TEXT));
                (0..=EVENTS).for_each(|_| tracing::warn!("again"));
            }
        });
        let [span] = &made[..] else { panic!("{made:?}") };
        assert_eq!(span.events.len(), EVENTS);
        assert_eq!(span.attributes[0].1["stringValue"].as_str().unwrap().len(), TEXT);
    }

    #[test]
    fn a_5xx_is_an_error_and_a_4xx_is_not() {
        let made = spans(2, || {
            for status in [500, 404] {
                tracing::info_span!("r", trace_id = "a", span_id = "b", http.status = status);
            }
        });
        let json = request(&made);
        let status = |n: usize| &json["resourceSpans"][0]["scopeSpans"][0]["spans"][n]["status"];
        assert_eq!((status(0), status(1)), (&json!({ "code": 2 }), &json!({})));
    }
}
