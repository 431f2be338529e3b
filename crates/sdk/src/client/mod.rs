//! The HTTP client: every operation of the API as a typed method, for the command line and tests.
//!
//! It sends credentials to the one origin it was made for, follows no redirect elsewhere, bounds
//! every wait and every answer, and finds `*.localhost` without asking a resolver (decision 20).

mod error;
mod localhost;
mod ask;
mod operations;
mod sse;
mod follow;

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

pub use ask::{
    AdminDomainList, Against, CountList, InvocationFilter, InvocationList, List, ProjectList,
    ProjectRef,
};
pub use error::Error;
pub use follow::{EventStream, Followed};

use crate::problem::Problem;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take as a whole, and a stream between two signs of life.
const ANSWER: Duration = Duration::from_mins(1);
/// The largest answer taken, in bytes.
const ANSWER_MAX: usize = 32 * 1024 * 1024;
/// How many redirects are followed.
const REDIRECTS_MAX: usize = 3;

/// Makes the value of `Idempotency-Key`: chance comes in as an argument.
pub type Keys = Arc<dyn Fn() -> String + Send + Sync>;

/// A client of one server, perhaps with credentials for it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    server: Url,
    token: Option<String>,
    keys: Option<Keys>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, token: {})", self.server(), self.token.is_some())
    }
}

impl Client {
    /// A client of the server at that address: `http://croft.localhost:8080`, with or without
    /// `/api/v1`. Anything else in it is an error.
    pub fn new(server: &str) -> Result<Self, Error> {
        let server = parse_server(server)?;
        let builder = reqwest::Client::builder()
            .user_agent(concat!("croft/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(localhost::Resolver);
        // A proxy cannot reach this machine's own loopback.
        let builder = if localhost::is_here(&server) { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|e| Error::network(&server, e))?;
        Ok(Self { http, server, token: None, keys: None })
    }

    /// The same client with a session's or API token's secret.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// The same client sending an `Idempotency-Key` with each POST, so that one whose answer was
    /// lost is safely sent once more.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// The server's origin, like `http://croft.localhost:8080`: what credentials are kept for.
    pub fn server(&self) -> String {
        self.server.origin().ascii_serialization()
    }

    /// Sends one request of the API and reads its answer. A request whose answer was lost is sent
    /// once more when that is safe.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &impl Serialize,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, Error> {
        let url = ask::url(&self.server, path, query);
        let key = self.keys.as_ref().filter(|_| method == Method::POST).map(|make| make());
        let safe = matches!(method, Method::GET | Method::PUT) || key.is_some();
        let attempt = || async {
            let mut request =
                self.request(method.clone(), url.clone(), "application/json").timeout(ANSWER);
            if let Some(body) = body {
                request = request.json(body);
            }
            if let Some(key) = &key {
                request = request.header("idempotency-key", key);
            }
            self.send(request).await
        };
        let response = match attempt().await {
            Err(Error::Network { .. }) if safe => attempt().await?,
            other => other?,
        };
        let bytes = read(&url, response).await?;
        // 204 has no body; `()` is read from null.
        let bytes = if bytes.is_empty() { b"null".as_slice() } else { &bytes };
        serde_json::from_slice(bytes)
            .map_err(|e| Error::unexpected(&url, format!("the answer is not as expected: {e}")))
    }

    fn request(&self, method: Method, url: Url, accept: &'static str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url).header(ACCEPT, accept);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request; follows what has moved within the server (GET only), and turns everything
    /// but success into an error.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, Error> {
        let mut request = request.build().map_err(|e| Error::network(&self.server, e))?;
        for _ in 0..=REDIRECTS_MAX {
            let url = request.url().clone();
            let again = request.try_clone();
            let response =
                self.http.execute(request).await.map_err(|e| Error::network(&self.server, e))?;
            if response.status() != StatusCode::PERMANENT_REDIRECT {
                return refused(&url, response).await;
            }
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| url.join(to).ok());
            match (to, again) {
                (Some(to), Some(mut again))
                    if again.method() == Method::GET && to.origin() == self.server.origin() =>
                {
                    *again.url_mut() = to;
                    request = again;
                }
                (to, _) => return Err(Error::Moved { to: to.map(String::from) }),
            }
        }
        Err(Error::Moved { to: None })
    }
}

/// Only scheme, host and port; the path of the API may be there.
fn parse_server(text: &str) -> Result<Url, Error> {
    let wrong = || Error::Address(text.chars().filter(|c| !c.is_control()).take(80).collect());
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let path = url.path().trim_end_matches('/');
    let good = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(path, "" | "/api/v1");
    if !good {
        return Err(wrong());
    }
    url.set_path("/");
    Ok(url)
}

/// Success as it is; anything else as an error.
async fn refused(url: &Url, response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let is_problem = kind.starts_with("application/problem+json");
    let body = read(url, response).await?;
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if is_problem => Err(Error::Problem(Box::new(problem))),
        _ => Err(Error::Unexpected {
            url: url.as_str().split('?').next().unwrap_or_default().to_owned(),
            status: Some(status.as_u16()),
            detail: format!(
                "answered {status}, but not as Croft does; is this address a Croft server's?"
            ),
        }),
    }
}

/// The whole body, if it is of a sane size.
async fn read(url: &Url, mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| Error::network(url, e))? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err(Error::unexpected(url, "the answer is larger than 32 MiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
