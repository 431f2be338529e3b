//! What every request passes on its way in and every answer on its way out.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use croft_model::id::RequestId;
use futures_util::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span};

use crate::{
    context::RequestContext,
    error::{ApiError, Code, write_problem},
    trace::Trace,
};

/// The most bytes of a body, where an operation does not say otherwise with its own
/// `DefaultBodyLimit` layer.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;
/// How long until an answer must begin. What follows, like a stream, takes its own time.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Headers of every answer (B36). Answers about people are never stored; what may be says so.
const ALWAYS: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    // Its filter could be turned against the page; the policy below is what protects.
    (header::X_XSS_PROTECTION, "0"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];

/// Headers of answers that do not bring their own.
const ELSE: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Puts the layers around the routes. From the outside in:
///
/// 1. the [`RequestContext`]; without one nothing is answered
/// 2. a span with id, route and trace, one line in the log, and the request counted
/// 3. the header `croft-request-id`; problems are written with it
/// 4. security headers; CORS headers never
/// 5. a panic becomes a 500
/// 6. [`ANSWER_TIME`]
/// 7. [`BODY_BYTES`]
///
/// Then come the extractors, in the order of the handler's arguments: rate limit and credentials
/// ([`crate::auth`]), path and query, and at last the body.
pub(crate) fn around(routes: Router, https: bool) -> Router {
    routes
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn(move |request, next| layers(https, request, next)))
}

async fn layers(https: bool, request: Request, next: Next) -> Response {
    let Some(context) = request.extensions().get::<RequestContext>().copied() else {
        let error = ApiError::internal(
            "a request without a context: the router is mounted without its listener",
        );
        return write_problem(
            error.into_response(),
            RequestId::from_uuid(uuid::Uuid::nil()),
            request.uri(),
        );
    };
    let seen = Seen::of(&request, &context);
    let span = seen.span.clone();
    async move {
        let uri = request.uri().clone();
        let response = guarded(request, next).await;
        let mut response = write_problem(response, context.request, &uri);
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::try_from(context.request.to_string()) {
            headers.insert(HeaderName::from_static("croft-request-id"), id);
        }
        secure(headers, https);
        seen.answered(&response);
        response
    }
    .instrument(span)
    .await
}

/// The answer, in time and whatever happens.
async fn guarded(request: Request, next: Next) -> Response {
    let answer = timeout(ANSWER_TIME, AssertUnwindSafe(next.run(request)).catch_unwind()).await;
    match answer {
        Ok(Ok(response)) => response,
        // The panic hook has written down where and why.
        Ok(Err(_)) => ApiError::internal("a handler panicked").into_response(),
        Err(_) => {
            tracing::warn!(limit_ms = ANSWER_TIME.as_millis(), "no answer in time");
            ApiError::new(Code::Timeout, "Croft did not manage in time, and nothing of it was kept unless it says so; try again")
                .into_response()
        }
    }
}

fn secure(headers: &mut HeaderMap, https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in ELSE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// A request as logs and metrics see it.
struct Seen {
    span: Span,
    method: &'static str,
    route: String,
    began: Instant,
}

impl Seen {
    fn of(request: &Request, context: &RequestContext) -> Self {
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or("none", MatchedPath::as_str)
            .to_owned();
        let method = method(request.method());
        let trace = Trace::of(request.headers(), context.request);
        let span = tracing::info_span!(
            "request",
            request.id = %context.request,
            http.method = method,
            http.route = route,
            client.address = %context.client,
            trace_id = trace.id,
            span_id = trace.span,
            parent_id = trace.parent,
            user.id = tracing::field::Empty,
            http.status = tracing::field::Empty,
        );
        Self { span, method, route, began: Instant::now() }
    }

    fn answered(self, response: &Response) {
        let (status, took) = (response.status().as_u16(), self.began.elapsed());
        self.span.record("http.status", status);
        let labels = [
            ("method", self.method.to_owned()),
            ("route", self.route),
            ("status", status.to_string()),
        ];
        metrics::counter!("croft_http_requests_total", &labels).increment(1);
        metrics::histogram!("croft_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
        tracing::info!(http.status = status, duration_ms = took.as_secs_f64() * 1e3, "answered");
    }
}

/// The method's name, of the few there are: what clients invent must not become labels.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
