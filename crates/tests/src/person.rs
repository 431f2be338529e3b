//! People who make requests: a test reads as "this person does that".

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use croft_api::{RequestContext, Via};
use croft_model::id::TeamId;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use crate::World;

/// Somebody, or nobody, with a way of proving it.
#[derive(Clone)]
pub struct Person<'w> {
    world: &'w World,
    /// The session's or token's secret.
    pub token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header.
    pub headers: HeaderMap,
    /// The body as JSON, or as a string when it is none.
    pub json: Value,
    /// What was asked, for messages.
    pub asked: String,
}

impl Answer {
    /// Fails the test unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.json
        );
        self
    }

    /// Fails the test unless it is a problem of this code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.asked);
        assert_eq!(answer.json["code"], code, "{}: {}", answer.asked, answer.json);
        answer
    }

    /// A field as text.
    #[track_caller]
    pub fn text(&self, field: &str) -> &str {
        self.json[field]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no `{field}`: {}", self.asked, self.json))
    }
}

impl<'w> Person<'w> {
    pub(crate) fn new(world: &'w World, token: Option<String>) -> Self {
        Self { world, token }
    }

    /// The same world, by another secret.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { world: self.world, token: Some(token.into()) }
    }

    /// GET below `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// POST below `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT below `/api/v1`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// PATCH below `/api/v1`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// DELETE below `/api/v1`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method below `/api/v1`, by a bearer token.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|b| Bytes::from(b.to_string())).unwrap_or_default();
        self.raw(request.body(Full::new(body)).unwrap()).await
    }

    /// The same with an `Idempotency-Key`.
    pub async fn send_with_key(
        &self,
        method: Method,
        path: &str,
        body: Value,
        key: &str,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(
                "authorization",
                format!("Bearer {}", self.token.as_deref().unwrap_or_default()),
            )
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.raw(request.body(Full::new(Bytes::from(body.to_string()))).unwrap()).await
    }

    /// `POST /setup` as the dashboard's own page sends it.
    pub async fn set_up(&self, body: Value) -> Answer {
        let request = Request::post("/api/v1/setup")
            .header("origin", self.world.app.installation.control_origin())
            .header("content-type", "application/json");
        self.raw(request.body(Full::new(Bytes::from(body.to_string()))).unwrap()).await
    }

    /// Exactly this request, as it comes on the control host.
    pub async fn raw(&self, request: Request<Full<Bytes>>) -> Answer {
        self.raw_by(Via::ControlHost, request).await
    }

    /// Exactly this request, as it comes by such a host.
    pub async fn raw_by(&self, via: Via, request: Request<Full<Bytes>>) -> Answer {
        let asked = format!("{} {}", request.method(), request.uri());
        let context = RequestContext {
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request: self.world.app.id(),
            via,
        };
        let answer = self.world.service.answer(request, context).await;
        let (parts, body) = answer.into_parts();
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => panic!("{asked}: the body broke: {}", error.into()),
        };
        let json = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status: parts.status, headers: parts.headers, json, asked }
    }

    /// Their personal team, or for the operator that of the first of theirs.
    pub async fn team(&self) -> TeamId {
        let me = self.get("/me").await.expect(200);
        me.json["teams"][0]["id"].as_str().unwrap().parse().unwrap()
    }

    /// Makes a project and gives its id.
    pub async fn project(&self, name: &str) -> String {
        let body = serde_json::json!({ "name": name });
        self.post("/projects", body).await.expect(201).text("id").to_owned()
    }
}
