//! Errors as HTTP answers. The only file that knows status codes.
//!
//! An [`ApiError`] becomes an answer without a body that carries its [`Problem`] aside; the
//! outermost layer, which alone knows the request's id, writes it out with [`write_problem`].

use std::{error::Error as StdError, fmt::Write as _, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use croft_app::Error;
use croft_model::{Invalid, id::RequestId, name::Slug};
use croft_sdk::problem::{FieldError, Problem, Quota};

/// A result of a handler.
pub type Result<T> = std::result::Result<T, ApiError>;

/// Declares the codes with their status and title.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal;)*) => {
        /// The kinds of problems, constant for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The kind in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    /// The project has another slug now.
    Moved = PERMANENT_REDIRECT, "moved", "Found under another name";
    /// The request could not be read at all.
    Malformed = BAD_REQUEST, "malformed", "The request cannot be read";
    /// Two session cookies: one of them is somebody else's.
    DuplicateCookie = BAD_REQUEST, "duplicate_cookie", "More than one session cookie";
    /// No credentials, or none that are good.
    Unauthenticated = UNAUTHORIZED, "unauthenticated", "Sign in, or send a token as `Authorization: Bearer`";
    /// The caller may not do this.
    Forbidden = FORBIDDEN, "forbidden", "Not allowed";
    /// A browser sent this, but no page of ours made it.
    Csrf = FORBIDDEN, "csrf", "The request did not come from the dashboard";
    /// A cookie would cross the network in the clear.
    InsecureTransport = FORBIDDEN, "insecure_transport", "Not over plain HTTP";
    /// No such thing for this caller.
    NotFound = NOT_FOUND, "not_found", "Not found";
    /// The address knows other methods.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed";
    /// It does not fit how things are.
    Conflict = CONFLICT, "conflict", "Does not fit how things are now";
    /// A limit of the team is reached.
    QuotaExceeded = FORBIDDEN, "quota_exceeded", "A limit is reached";
    /// The body is too big.
    PayloadTooLarge = PAYLOAD_TOO_LARGE, "payload_too_large", "The body is too large";
    /// The body is of another kind.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Another content type is needed";
    /// Fields were wrong.
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "Something in the request is wrong";
    /// Too fast, or too many at one time.
    TooManyRequests = TOO_MANY_REQUESTS, "too_many_requests", "Too many requests";
    /// A fault of ours.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Something went wrong in Croft";
    /// Something we need is away.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available just now";
    /// A function ended with an error of its own.
    FunctionFailed = INTERNAL_SERVER_ERROR, "function_failed", "The function failed";
    /// A function did not answer in time.
    FunctionTimeout = GATEWAY_TIMEOUT, "function_timeout", "The function took too long";
    /// A function used more than it may.
    FunctionExceeded = INTERNAL_SERVER_ERROR, "function_exceeded", "The function ran into a limit";
    /// A function cannot be run now.
    FunctionUnavailable = SERVICE_UNAVAILABLE, "function_unavailable", "Too busy";
    /// It took too long.
    Timeout = SERVICE_UNAVAILABLE, "timeout", "It took too long";
}

/// Why a request is not answered as asked. What is in the problem is for the client; the cause is
/// for the log and reaches nobody else.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    quota: Option<Quota>,
    retry_after: Option<Duration>,
    moved: Option<Slug>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl ApiError {
    /// A problem of this kind; `detail` says what is wrong in this one case and what to do.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            quota: None,
            retry_after: None,
            moved: None,
            cause: None,
        }))
    }

    /// A fault of ours; `cause` goes to the log only.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Error::Internal(cause.into()).into()
    }

    /// One field was wrong.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Invalid(vec![Invalid::new(field, problem)]).into()
    }

    /// Too much at a time; the client should wait so long.
    pub fn slow_down(retry_after: Duration, detail: impl Into<String>) -> Self {
        let mut error = Self::new(Code::TooManyRequests, detail);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// The same, and that it may go well in a second.
    #[must_use]
    pub fn retry_soon(mut self) -> Self {
        self.0.retry_after = Some(Duration::from_secs(1));
        self
    }

    /// The kind.
    pub fn code(&self) -> Code {
        self.0.code
    }

    fn log(&self) {
        let Some(cause) = &self.0.cause else { return };
        let mut chain = String::new();
        let mut next: Option<&dyn StdError> = Some(cause.as_ref());
        while let Some(error) = next {
            let _ = write!(chain, "{}{error}", if chain.is_empty() { "" } else { ": " });
            next = error.source();
        }
        if self.0.code == Code::Unavailable {
            tracing::warn!(error = chain, "not available");
        } else {
            tracing::error!(error = chain, "internal error");
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NotFound(_) => Code::NotFound,
            Error::Moved(_) => Code::Moved,
            Error::Invalid(_) => Code::Invalid,
            Error::Unauthenticated(_) => Code::Unauthenticated,
            Error::Forbidden(_) => Code::Forbidden,
            Error::Conflict(_) => Code::Conflict,
            Error::QuotaExceeded(_) => Code::QuotaExceeded,
            Error::Busy(_) => Code::TooManyRequests,
            Error::Unavailable(_) => Code::Unavailable,
            Error::Internal(_) => Code::Internal,
        };
        let Self(mut inner) = Self::new(code, error.to_string());
        match error {
            Error::Invalid(fields) => {
                let field = |f: Invalid| FieldError { field: f.field, problem: f.problem };
                inner.errors = fields.into_iter().map(field).collect();
            }
            Error::QuotaExceeded(quota) => {
                let (limit, used, allowed) = (quota.limit.to_owned(), quota.used, quota.allowed);
                inner.quota = Some(Quota { limit, used, allowed });
            }
            Error::Moved(slug) => inner.moved = Some(slug),
            Error::Busy(_) => inner.retry_after = Some(Duration::from_secs(1)),
            Error::Unavailable(cause) => {
                inner.retry_after = Some(Duration::from_secs(1));
                inner.cause = Some(cause);
            }
            Error::Internal(cause) => inner.cause = Some(cause),
            Error::NotFound(_)
            | Error::Unauthenticated(_)
            | Error::Forbidden(_)
            | Error::Conflict(_) => {}
        }
        Self(inner)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let inner = *self.0;
        let mut response = inner.code.status().into_response();
        let headers = response.headers_mut();
        if let Some(wait) = inner.retry_after {
            // Whole seconds, rounded up: never too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if inner.code == Code::Unauthenticated {
            // RFC 9110, 11.6.1. Browsers show no prompt for this scheme.
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"croft\""),
            );
        }
        let problem = Problem {
            kind: format!("/problems/{}", inner.code.as_str()),
            title: inner.code.title().to_owned(),
            status: inner.code.status().as_u16(),
            detail: inner.detail,
            code: inner.code.as_str().to_owned(),
            request_id: String::new(),
            errors: inner.errors,
            quota: inner.quota,
        };
        response.extensions_mut().insert(Unwritten(Box::new(problem), inner.moved));
        response
    }
}

/// A problem on its way to the layer that writes it, and the project's new name if it moved.
#[derive(Clone)]
struct Unwritten(Box<Problem>, Option<Slug>);

/// Writes the problem that an answer carries, if it does, into its body.
pub(crate) fn write_problem(mut response: Response, request: RequestId, asked: &Uri) -> Response {
    let Some(Unwritten(mut problem, moved)) = response.extensions_mut().remove::<Unwritten>()
    else {
        return response;
    };
    problem.request_id = request.to_string();
    // Strings and numbers only: this cannot fail, and if it did the status would still be right.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(location) = moved.and_then(|slug| moved_to(asked, &slug)) {
        headers.insert(header::LOCATION, location);
    }
    *response.body_mut() = Body::from(body);
    response
}

/// The same address with another project in it.
fn moved_to(asked: &Uri, slug: &Slug) -> Option<HeaderValue> {
    let (before, rest) = asked.path().split_once("/projects/")?;
    let rest = rest.find('/').map_or("", |slash| &rest[slash..]);
    let query = asked.query().map_or_else(String::new, |query| format!("?{query}"));
    HeaderValue::try_from(format!("{before}/projects/{slug}{rest}{query}")).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use croft_model::limits::QuotaExceeded;

    use super::*;

    async fn written(error: ApiError) -> (StatusCode, axum::http::HeaderMap, Problem) {
        let asked = Uri::from_static("/api/v1/projects/old/domains?limit=1");
        let response =
            write_problem(error.into_response(), RequestId::from_uuid(uuid::Uuid::nil()), &asked);
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_use_case_error_has_its_status_and_code() {
        let secret = || Box::<dyn StdError + Send + Sync>::from("postgres://croft:hunter2@db");
        let quota = QuotaExceeded { limit: "projects", used: 20, allowed: 20 };
        for (error, status, code) in [
            (Error::not_found("project", "x"), 404, "not_found"),
            (Error::invalid("slug", "only a-z"), 422, "invalid"),
            (Error::Unauthenticated("the session has ended"), 401, "unauthenticated"),
            (Error::Forbidden("this needs the role admin".into()), 403, "forbidden"),
            (Error::Conflict("taken".into()), 409, "conflict"),
            (Error::QuotaExceeded(quota), 403, "quota_exceeded"),
            (Error::Busy("too many at once"), 429, "too_many_requests"),
            (Error::Unavailable(secret()), 503, "unavailable"),
            (Error::Internal(secret()), 500, "internal"),
        ] {
            let (got, headers, problem) = written(error.into()).await;
            assert_eq!((got.as_u16(), problem.code.as_str()), (status, code));
            assert_eq!(
                (problem.status, problem.kind.as_str()),
                (status, &*format!("/problems/{code}"))
            );
            assert_eq!(headers["content-type"], "application/problem+json");
            assert!(problem.request_id.starts_with("req_"));
            assert!(!format!("{problem:?}").contains("hunter2"), "the cause reached the client");
            assert_eq!(headers.contains_key("www-authenticate"), status == 401);
            assert_eq!(headers.contains_key("retry-after"), [429, 503].contains(&status));
            assert_eq!(problem.errors.len(), usize::from(status == 422));
            assert_eq!(problem.quota.is_some(), code == "quota_exceeded");
        }
    }

    #[tokio::test]
    async fn retry_after_is_whole_seconds_and_never_too_early() {
        let (_, headers, _) =
            written(ApiError::slow_down(Duration::from_millis(1200), "slower")).await;
        assert_eq!(headers["retry-after"], "2");
    }

    #[tokio::test]
    async fn a_moved_project_is_found_at_the_same_address() {
        let (status, headers, _) = written(Error::Moved("new".parse().unwrap()).into()).await;
        assert_eq!(status, 308);
        assert_eq!(headers["location"], "/api/v1/projects/new/domains?limit=1");
    }

    #[test]
    fn codes_are_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
