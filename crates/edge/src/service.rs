//! One request, from its head to its answer: whose it is, and who answers.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc};

use arc_swap::ArcSwap;
use bytes::Bytes;
use croft_model::{
    host::Hostname,
    id::{RequestId, RequestKind},
    route::Match,
};
use croft_ports::{Clock, Entropy, function_invoker::CallRequest};
use futures_util::FutureExt;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, Uri, Version,
    header::{CONTENT_LENGTH, COOKIE, SET_COOKIE},
    uri::Scheme,
};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use time::OffsetDateTime;
use tokio::time::Instant;
use tower_http::timeout::TimeoutBody;

use crate::{
    client::Client,
    control::{ControlHandler, RequestContext, Via},
    dispatch::{Dispatch, Prepared},
    failure::Failure,
    headers::{CookieRule, for_function, has_other_coding},
    hosts::{Asked, Target, named, target},
    intake::Intake,
    meters::{Answered, Meters},
    pulse::Pulse,
    reply::{Content, Reply},
    rescue,
    room::Holder,
    settings::EdgeSettings,
    table::RouteTable,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("croft-request-id");

/// All that a request needs; shared by all of them.
pub(crate) struct Service {
    pub(crate) settings: EdgeSettings,
    pub(crate) table: Arc<ArcSwap<RouteTable>>,
    pub(crate) control: Arc<dyn ControlHandler>,
    pub(crate) dispatch: Dispatch,
    pub(crate) intake: Intake,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) meters: Meters,
}

/// One request as it is being answered.
struct Coming {
    id: RequestId,
    at: OffsetDateTime,
    peer: SocketAddr,
    client: Client,
    request: Request<Incoming>,
}

impl Service {
    /// Answers one request.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        pulse: &Arc<Pulse>,
    ) -> Response<Reply> {
        let call = pulse.call(request.version() == Version::HTTP_2);
        let began = Instant::now();
        let at = self.clock.now();
        let id = self.entropy.id::<RequestKind>(at);
        let (is_head, html) =
            (request.method() == Method::HEAD, rescue::prefers_html(request.headers()));
        let client = Client::of(peer.ip(), request.headers(), &self.settings.trusted_proxies);
        let coming = Coming { id, at, peer, client, request };
        let mut by = Answered::Edge;
        let outcome = AssertUnwindSafe(self.route(coming, html, &mut by)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| {
            tracing::error!(request.id = %id, "answering a request panicked");
            Err(Failure::Internal)
        });
        let mut response = outcome.unwrap_or_else(|failure| {
            tracing::debug!(request.id = %id, code = failure.code(), "a request failed");
            let mut response = rescue::answer(&failure, html, id);
            if is_head {
                let length = response.body().len();
                response.headers_mut().insert(CONTENT_LENGTH, length.into());
                *response.body_mut() = Bytes::new();
            }
            response.map(Content::Whole)
        });
        if let Ok(id) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        self.meters.request(by, response.status(), began.elapsed());
        response.map(|content| Reply::new(content, call))
    }

    async fn route(
        &self,
        coming: Coming,
        html: bool,
        by: &mut Answered,
    ) -> Result<Response<Content>, Failure> {
        let request = &coming.request;
        let path = request.uri().path();
        // A tunnel is asked for by an authority, and nowhere given.
        if !path.starts_with('/') || *request.method() == Method::CONNECT || !is_http(request.uri())
        {
            return Err(Failure::Target);
        }
        if has_other_coding(request.headers()) {
            return Err(Failure::Coding);
        }
        let named = named(request.uri(), request.headers()).map_err(Failure::Host)?;
        let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
        let whole = request.uri().path_and_query().map_or(path, |whole| whole.as_str());
        let asked = Asked { path, whole, page: is_get && html };
        let via = match target(named, asked, &self.settings) {
            Target::Control => Via::ControlHost,
            Target::ControlByAddress => Via::Address,
            Target::ControlByDefaultHost => Via::DefaultHost,
            Target::Dashboard(path) => return self.dashboard(&path),
            Target::Reserved => return Err(Failure::NotFound),
            Target::Project(host) => return self.project(coming, host, html, by).await,
        };
        *by = Answered::Control;
        let context = RequestContext {
            request_id: coming.id,
            client: coming.client.address,
            peer: coming.peer,
            via,
            secure: coming.client.secure,
        };
        let silence = self.settings.limits.body_time;
        let mut request = coming.request.map(|body| TimeoutBody::new(silence, body).boxed_unsync());
        // Where cookies are not to be read or set they do not even pass (decision 1).
        if !via.takes_cookies() {
            request.headers_mut().remove(COOKIE);
        }
        let mut response = self.control.handle(request, context).await;
        if !via.takes_cookies() {
            response.headers_mut().remove(SET_COOKIE);
        }
        Ok(response.map(Content::Streamed))
    }

    fn dashboard(&self, path: &str) -> Result<Response<Content>, Failure> {
        let location = format!("{}{path}", self.settings.control_origin);
        Ok(rescue::redirect(&location)?.map(Content::Whole))
    }

    /// A request to a host that is not Croft's.
    async fn project(
        &self,
        coming: Coming,
        host: Hostname,
        html: bool,
        by: &mut Answered,
    ) -> Result<Response<Content>, Failure> {
        let table = self.table.load_full();
        let Some(hosted) = table.host(&host) else {
            return Err(match table.generation() {
                None => Failure::Starting,
                Some(_) => Failure::UnknownHost(host.to_string()),
            });
        };
        let uri = coming.request.uri();
        let found = match hosted.project.find(&host, coming.request.method().as_str(), uri.path()) {
            Match::Found(found) => found,
            Match::MethodNotAllowed { allow } => return Err(Failure::MethodNotAllowed(allow)),
            Match::NotFound if html && uri.path() == "/" && host == self.settings.default_host => {
                return self.dashboard("/");
            }
            Match::NotFound => return Err(Failure::NotFound),
        };
        *by = Answered::Function;
        let (head, body) = coming.request.into_parts();
        let holder = Holder::new(coming.client.address, hosted.project.id);
        let body = self.intake.take(body, holder).await?;
        let request = CallRequest {
            id: coming.id,
            method: head.method.as_str().to_owned(),
            host: host.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            params: found.params,
            // What the route's own host captures is what its author named it.
            host_params: found.host_param.or(hosted.host_param).into_iter().collect(),
            headers: for_function(&head.headers, coming.client.secure),
            body: body.bytes.clone(),
            client: coming.client.address,
        };
        let cookies = CookieRule {
            host: host.as_str(),
            zones: &self.settings.zones,
            default_host: &self.settings.default_host,
        };
        let project = hosted.project;
        let function = Arc::clone(found.target);
        let prepared = Prepared { project, function, request, body, at: coming.at, cookies };
        Ok(self.dispatch.call(prepared).await?.map(Content::Whole))
    }
}

/// Whether a target has no scheme or one that is spoken here.
fn is_http(uri: &Uri) -> bool {
    uri.scheme().is_none_or(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
}
