//! What stands around the operations, tried from outside, through the whole router. The operations
//! here are the simplest there can be, so none of it needs a store.

mod answers;
mod credentials;
mod description;
mod operations;
mod pages;
mod speed;
mod streams;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use croft_app::{Caller, Error, Installation};
use croft_model::{
    access::{Principal, Proof},
    domain::Zones,
    id::{RequestId, SessionId, TokenId, UserId},
    permissions::{Role, Scope},
    token::{Secret, SecretKind},
};
use croft_sdk::problem::Problem;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    ApiSettings, RequestContext, Via,
    assets::{Asset, Assets},
    auth::{Authenticated, Visitor},
    body::Json,
    cookie,
    error::Result,
    gate::Gate,
    limit::{RateLimits, Rates},
    router::assemble,
    stream::{self, Follow},
};

const CLIENT: &str = "192.0.2.1";

/// The session's secret of an operator.
fn session() -> Secret {
    Secret::from_random(SecretKind::Session, [1; 32])
}

/// The token of somebody who is not.
fn token() -> Secret {
    Secret::from_random(SecretKind::Token, [2; 32])
}

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn principal(n: u128, operator: bool, by: Proof) -> Principal {
    Principal {
        user: user(n),
        email: "ada@example.com".parse().unwrap(),
        name: "Ada".parse().unwrap(),
        operator,
        by,
        teams: Vec::new(),
        projects: Vec::new(),
    }
}

/// A router with its gate, and how to ask it.
struct World {
    router: Router,
    shutdown: CancellationToken,
    origin: String,
    /// How many secrets were looked up.
    lookups: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        Self::at("http", "croft.localhost", Rates::default())
    }

    fn at(scheme: &'static str, control: &str, rates: Rates) -> Self {
        let installation = Arc::new(Installation {
            version: "1.2.3",
            zones: Zones {
                domain: "example.test".parse().unwrap(),
                control: control.parse().unwrap(),
                apps: "apps.example.test".parse().unwrap(),
                development: false,
            },
            scheme,
            port: None,
            api_url: "http://127.0.0.1/api/v1".into(),
        });
        let id = Uuid::from_u128(7);
        let expires_at = time::OffsetDateTime::from_unix_timestamp(1 << 33).unwrap();
        let by_token = Proof::Token {
            id: TokenId::from_uuid(id),
            team: croft_model::Id::from_uuid(id),
            role: Role::Viewer,
            scopes: vec![Scope::Read],
            project: None,
            expires_at: None,
        };
        let people: HashMap<String, Principal> = [
            (
                session(),
                principal(1, true, Proof::Session { id: SessionId::from_uuid(id), expires_at }),
            ),
            (token(), principal(2, false, by_token)),
        ]
        .into_iter()
        .map(|(secret, principal)| (secret.expose().to_owned(), principal))
        .collect();
        let shutdown = CancellationToken::new();
        let limits = RateLimits::new(rates);
        let origin = installation.control_origin();
        let lookups = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lookups);
        let gate =
            Gate::new(installation, limits.clone(), shutdown.clone(), move |secret, origin| {
                counted.fetch_add(1, Relaxed);
                let found = people.get(secret.expose()).cloned();
                Box::pin(async move {
                    let principal = found.ok_or(Error::Unauthenticated("nobody"))?;
                    Ok(Caller { principal, origin })
                })
            });
        let settings = ApiSettings {
            limits,
            assets: Arc::new(Files),
            metrics: Some(Arc::new(|| "croft_up 1\n".to_owned())),
            shutdown: shutdown.clone(),
        };
        let router = assemble(gate.clone(), settings, operations(gate));
        Self { router, shutdown, origin, lookups }
    }

    async fn ask(&self, ask: Ask) -> Answer {
        let mut request = Request::builder().method(ask.method).uri(ask.path);
        *request.headers_mut().unwrap() = ask.headers;
        let mut request = request.body(ask.body).unwrap();
        request.extensions_mut().insert(ask.context);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

struct Ask {
    method: Method,
    path: &'static str,
    headers: HeaderMap,
    body: Body,
    context: RequestContext,
}

fn ask(method: Method, path: &'static str) -> Ask {
    let context = RequestContext {
        client: CLIENT.parse().unwrap(),
        request: RequestId::from_uuid(Uuid::from_u128(0xabc)),
        via: Via::ControlHost,
    };
    Ask { method, path, headers: HeaderMap::new(), body: Body::empty(), context }
}

impl Ask {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    fn all(self, headers: &[(&'static str, String)]) -> Self {
        headers.iter().fold(self, |ask, (name, value)| ask.with(name, value))
    }

    fn via(mut self, via: Via) -> Self {
        self.context.via = via;
        self
    }

    fn from(mut self, client: &str) -> Self {
        self.context.client = client.parse::<IpAddr>().unwrap();
        self
    }

    fn bearer(self, secret: &Secret) -> Self {
        self.with("authorization", &format!("Bearer {}", secret.expose()))
    }

    fn cookie(self, secret: &Secret) -> Self {
        self.with("cookie", &format!("{}={}", cookie::NAME, secret.expose()))
    }

    fn json(mut self, body: &str) -> Self {
        self.body = Body::from(body.to_owned());
        self.with("content-type", "application/json")
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Answer {
    async fn bytes(self) -> Bytes {
        to_bytes(self.body, 1 << 22).await.unwrap()
    }

    async fn problem(self) -> Problem {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        serde_json::from_slice(&self.bytes().await).unwrap()
    }

    /// The status, and the code when it is a problem.
    async fn outcome(self) -> (u16, String) {
        let status = self.status.as_u16();
        let problem =
            self.headers.get("content-type").is_some_and(|v| v == "application/problem+json");
        (status, if problem { self.problem().await.code } else { String::new() })
    }
}

/// The smallest operations.
fn operations(gate: Gate) -> Router {
    async fn me(Authenticated(caller): Authenticated) -> String {
        caller.principal.user.to_string()
    }
    async fn sign_in(
        visitor: Visitor,
        Json(body): Json<croft_sdk::session::SignIn>,
    ) -> Result<impl IntoResponse> {
        visitor.turn(&body.email).await?;
        visitor.may_have_cookie("knock")?;
        let set = cookie::set(&session(), std::time::Duration::from_mins(1))?;
        Ok(([(header::SET_COOKIE, set)], "welcome"))
    }
    async fn follow(
        axum::extract::State(gate): axum::extract::State<Gate>,
        follow: Follow,
        Authenticated(caller): Authenticated,
    ) -> Result<impl IntoResponse> {
        let first = follow.after.unwrap_or(0) + 1;
        let events = futures_util::stream::iter([stream::event(first, "project.created", &first)]);
        let source = futures_util::StreamExt::chain(events, futures_util::stream::pending());
        let ends = tokio::time::Instant::now() + streams::RIGHT_ENDS_AFTER;
        stream::answer(&gate, &caller, source, move || async move {
            let still = tokio::time::Instant::now() < ends;
            if still { Ok(()) } else { Err(Error::Unauthenticated("it has ended")) }
        })
    }
    async fn broken() -> &'static str {
        panic!("on purpose")
    }
    async fn endless() -> &'static str {
        std::future::pending().await
    }
    Router::new()
        .route("/api/v1/me", get(me).post(me).put(me).patch(me).delete(me))
        .route("/api/v1/sign-in", post(sign_in))
        .route("/api/v1/follow", get(follow))
        .route("/api/v1/broken", get(broken))
        .route("/api/v1/endless", get(endless))
        .with_state(gate)
}

/// A small dashboard.
struct Files;

impl Assets for Files {
    fn get(&self, path: &str) -> Option<Asset> {
        let asset = |bytes: &'static str, kind, immutable: bool| Asset {
            bytes: Bytes::from_static(bytes.as_bytes()),
            brotli: immutable.then(|| Bytes::from_static(b"brotli")),
            gzip: immutable.then(|| Bytes::from_static(b"gzip")),
            content_type: HeaderValue::from_static(kind),
            etag: HeaderValue::from_static("\"tag\""),
            immutable,
        };
        match path {
            "index.html" => Some(asset("<script>go()</script>", "text/html; charset=utf-8", false)),
            "_app/immutable/a.js" => Some(asset("export {}", "text/javascript", true)),
            _ => None,
        }
    }
}
