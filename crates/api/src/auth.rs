//! Who asks: credentials to [`Caller`].
//!
//! In this order: `Authorization: Bearer`, the cookie, `X-API-Key`. The first that is there counts,
//! even when it is bad.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use croft_app::{Caller, Error, Origin};
use croft_model::token::{Secret, SecretKind};

use crate::{
    context::{RequestContext, Via},
    cookie, csrf,
    error::{ApiError, Code, Result},
    gate::Gate,
    limit::digest,
};

/// Somebody known, within their rate. What nobody may do anonymously takes one.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

/// Somebody known by a token or a session's secret that a program sent. A cookie does not count:
/// what is answered came from a tenant, and no page may have it by its visitor's session
/// (decision 2).
#[derive(Debug, Clone)]
pub struct Bearer(pub Caller);

/// Anybody, within the rate of their address.
#[derive(Debug, Clone, Copy)]
pub struct Anonymous(pub Origin);

/// Anybody who is about to sign in or make an account; not sent by another origin's page.
#[derive(Clone)]
pub struct Visitor {
    /// From where.
    pub origin: Origin,
    /// What the client calls itself, cut to 200 characters.
    pub user_agent: String,
    context: RequestContext,
    from_our_page: bool,
    gate: Gate,
}

/// By what the credentials came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Bearer,
    Cookie,
    ApiKey,
}

impl Carrier {
    /// What to say when the secret is none of ours.
    fn invalid(self) -> &'static str {
        match self {
            Self::Bearer => "the token is not valid (any more)",
            Self::Cookie => "the session has ended; sign in again",
            Self::ApiKey => "invalid API key",
        }
    }
}

/// The credentials of a request, not looked up. `None` inside: they are no secret of ours.
fn credentials(headers: &HeaderMap, via: Via) -> Result<Option<(Carrier, Option<Secret>)>> {
    let text = |name| {
        headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or_default())
    };
    if let Some(value) = text(header::AUTHORIZATION) {
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        let token = scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
        return Ok(Some((Carrier::Bearer, token.and_then(caller_secret))));
    }
    if via == Via::ControlHost
        && let Some(value) = cookie::read(headers)?
    {
        let session = caller_secret(value).filter(|secret| secret.kind() == SecretKind::Session);
        return Ok(Some((Carrier::Cookie, session)));
    }
    Ok(text(header::HeaderName::from_static("x-api-key"))
        .map(|key| (Carrier::ApiKey, caller_secret(key))))
}

/// A secret that stands for a person; links' secrets do not.
fn caller_secret(text: &str) -> Option<Secret> {
    Secret::parse(text)
        .filter(|secret| matches!(secret.kind(), SecretKind::Session | SecretKind::Token))
}

/// Whether a session's cookie counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cookies {
    Taken,
    Refused,
}

/// Looks up who asks. Requests that fail count against their address.
async fn authenticate(parts: &Parts, gate: &Gate, cookies: Cookies) -> Result<Caller> {
    let context = RequestContext::of(parts)?;
    let refuse = |detail: &str| match gate.limits().anonymous(context.client) {
        Ok(()) => ApiError::new(Code::Unauthenticated, detail),
        Err(too_many) => too_many,
    };
    let Some((carrier, secret)) = credentials(&parts.headers, context.via)? else {
        return Err(refuse("missing API key"));
    };
    if carrier == Carrier::Cookie && cookies == Cookies::Refused {
        return Err(refuse(
            "a session's cookie is not taken here: send a token as `Authorization: Bearer` or \
             `X-API-Key`; the dashboard tries functions by POST /api/v1/functions/{function}/test",
        ));
    }
    if carrier == Carrier::Cookie {
        csrf::check_cookie(&parts.method, &parts.headers, gate.control_origin())?;
    }
    let Some(secret) = secret else { return Err(refuse(carrier.invalid())) };
    let caller = match look_up(&secret, gate, context).await {
        Ok(caller) => caller,
        Err(error) if error.code() == Code::Unauthenticated => {
            return Err(refuse(carrier.invalid()));
        }
        Err(error) => return Err(error),
    };
    gate.limits().caller(&caller)?;
    tracing::Span::current().record("user.id", tracing::field::display(caller.principal.user));
    Ok(caller)
}

/// Looks up whose a secret is. One that was not good lately may be a guess, and is not looked up
/// when too many guesses came from its address; one that was passes whatever its neighbours do.
async fn look_up(secret: &Secret, gate: &Gate, context: RequestContext) -> Result<Caller> {
    let key = digest(secret.expose().as_bytes());
    let is_known = gate.known().has(key);
    if !is_known {
        gate.limits().guess(context.client)?;
    }
    let found = gate.lookup(secret.clone(), context.origin()).await;
    let is_wrong = matches!(found, Err(Error::Unauthenticated(_)));
    if !is_known && !is_wrong {
        gate.limits().no_guess(context.client);
    }
    if is_wrong {
        gate.known().forget(key);
    } else if found.is_ok() {
        gate.known().add(key);
    }
    Ok(found?)
}

impl<S> FromRequestParts<S> for Authenticated
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        authenticate(parts, &Gate::from_ref(state), Cookies::Taken).await.map(Self)
    }
}

impl<S> FromRequestParts<S> for Bearer
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        authenticate(parts, &Gate::from_ref(state), Cookies::Refused).await.map(Self)
    }
}

impl<S> FromRequestParts<S> for Anonymous
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let context = RequestContext::of(parts)?;
        Gate::from_ref(state).limits().anonymous(context.client)?;
        Ok(Self(context.origin()))
    }
}

impl<S> FromRequestParts<S> for Visitor
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let gate = Gate::from_ref(state);
        let context = RequestContext::of(parts)?;
        gate.limits().anonymous(context.client)?;
        csrf::check_visitor(&parts.headers, gate.control_origin())?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            origin: context.origin(),
            user_agent: agent.unwrap_or_default().chars().take(200).collect(),
            from_our_page: parts.headers.contains_key(header::ORIGIN),
            context,
            gate,
        })
    }
}

impl Visitor {
    /// Waits for a turn to try a password of this account.
    pub async fn turn(&self, account: &str) -> Result<()> {
        self.gate.limits().sign_in(self.context.client, account).await
    }

    /// Passes when a cookie may be set in the answer: on the control host, for a page of ours, and
    /// only where browsers keep it. `otherwise` is what to do where none may, after a "or".
    pub fn may_have_cookie(&self, otherwise: &str) -> Result<()> {
        let origin = self.gate.control_origin();
        if self.context.via != Via::ControlHost {
            let detail =
                format!("the session's cookie is set at {origin}: go there, or {otherwise}");
            return Err(ApiError::new(Code::Forbidden, detail));
        }
        if !self.gate.keeps_cookies() {
            let detail = format!(
                "{origin} is plain HTTP, where browsers drop the session cookie and anyone on the way could read it; \
                 serve Croft by https, or {otherwise}"
            );
            return Err(ApiError::new(Code::InsecureTransport, detail));
        }
        if self.from_our_page {
            return Ok(());
        }
        let detail = format!(
            "the request has no `Origin`; cookies are for the dashboard's pages: use them, or {otherwise}"
        );
        Err(ApiError::new(Code::Csrf, detail))
    }
}

/// Checks that an event stream may be opened with these credentials.
pub(crate) fn check_stream(parts: &Parts, gate: &Gate) -> Result<()> {
    let context = RequestContext::of(parts)?;
    match credentials(&parts.headers, context.via)? {
        Some((Carrier::Cookie, _)) => csrf::check_stream(&parts.headers, gate.control_origin()),
        _ => Ok(()),
    }
}
