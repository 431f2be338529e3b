//! An edge on a real socket, with everything around it faked, and clients that speak bytes.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use croft_edge::{Body, ControlHandler, Edge, EdgeSettings, Outside, RequestContext};
use croft_model::{
    domain::Zones,
    function::Budget,
    id::{FunctionId, ProjectId, TeamId, VersionId},
    limits::Limits,
    route::RoutePattern,
};
use croft_ports::{
    clock::SystemClock,
    entropy::SystemEntropy,
    function_invoker::{
        Call, CallRequest, CallResponse, CheckError, Done, FunctionInvoker, Outcome,
    },
    invocation_log::{Invocation, MemoryLog},
    route_source::{
        FunctionRoute, FunctionTarget, ProjectRoutes, RouteDelta, RouteSource, SourceUnavailable,
    },
};
use futures_util::{future::BoxFuture, stream};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// No test waits longer for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);
pub(crate) const APP: &str = "proj-abcdefgh2345.apps.example.net";

type Script = dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync;

/// Runs a closure for a function.
struct Invoker {
    script: Box<Script>,
    seen: Arc<Mutex<Vec<CallRequest>>>,
}

#[async_trait]
impl FunctionInvoker for Invoker {
    async fn invoke(&self, call: Call) -> Done {
        self.seen.lock().unwrap().push(call.request.clone());
        Done { outcome: (self.script)(call).await, log: vec![], duration_us: 7 }
    }
    async fn check(&self, _: ProjectId, _: Arc<str>) -> Result<(), CheckError> {
        Ok(())
    }
}

/// What can be wrong with a source of routes.
#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    Gone,
    Panic,
}

/// Routes that a test can change.
#[derive(Clone)]
pub(crate) struct Routes(Arc<Source>);

struct Source {
    state: Mutex<Result<RouteDelta, Trouble>>,
    looks: AtomicU32,
    hint: watch::Sender<u64>,
}

impl Routes {
    fn new(state: Result<RouteDelta, Trouble>) -> Self {
        let hint = watch::channel(0).0;
        Self(Arc::new(Source { state: Mutex::new(state), looks: AtomicU32::new(0), hint }))
    }

    pub(crate) fn set(&self, state: Result<RouteDelta, Trouble>) {
        *self.0.state.lock().unwrap() = state;
    }

    pub(crate) fn hint(&self) {
        self.0.hint.send_modify(|n| *n += 1);
    }

    /// How often they were asked for.
    pub(crate) fn looks(&self) -> u32 {
        self.0.looks.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl RouteSource for Routes {
    async fn read(&self, since: Option<u64>) -> Result<RouteDelta, SourceUnavailable> {
        self.0.looks.fetch_add(1, Ordering::SeqCst);
        let state = self.0.state.lock().unwrap().clone();
        let state = state.map_err(|trouble| match trouble {
            Trouble::Gone => SourceUnavailable("gone".into()),
            Trouble::Panic => panic!("a planted panic"),
        })?;
        let generation = state.generation;
        let nothing = RouteDelta { generation, ..RouteDelta::default() };
        Ok(if since == Some(generation) { nothing } else { state })
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.0.hint.subscribe()
    }
}

/// Says what it was given.
struct Control;

#[async_trait]
impl ControlHandler for Control {
    async fn handle(&self, request: Request<Body>, context: RequestContext) -> Response<Body> {
        let (head, body) = request.into_parts();
        if head.uri.path() == "/stream" {
            return Response::new(ticks(10, Duration::from_millis(50)));
        }
        assert_ne!(head.uri.path(), "/panic", "a planted panic");
        let body = match body.collect().await {
            Ok(body) => body.to_bytes().len().to_string(),
            Err(_) => "broken".to_owned(),
        };
        let text = format!(
            "control via={:?} client={} secure={} {} {} body={body}{}",
            context.via,
            context.client,
            context.secure,
            head.method,
            head.uri,
            if head.headers.contains_key("cookie") { " cookie" } else { "" }
        );
        let response = Response::builder().header("set-cookie", "__Host-croft=new; Secure");
        let body = Full::from(text).map_err(|never| match never {}).boxed_unsync();
        response.body(body).unwrap()
    }
}

/// A body of so many dots, one after each period.
fn ticks(count: u32, period: Duration) -> Body {
    let start = (count, tokio::time::interval(period));
    let ticks = stream::unfold(start, async |(left, mut clock)| {
        clock.tick().await;
        let frame = Ok(Frame::data(Bytes::from_static(b".")));
        (left > 0).then_some((frame, (left.saturating_sub(1), clock)))
    });
    StreamBody::new(ticks).boxed_unsync()
}

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) edge: Arc<Edge>,
    pub(crate) log: MemoryLog,
    pub(crate) seen: Arc<Mutex<Vec<CallRequest>>>,
    pub(crate) routes: Routes,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<()>,
}

pub(crate) fn settings() -> EdgeSettings {
    let host = |text: &str| text.parse().unwrap();
    EdgeSettings {
        zones: Zones {
            domain: host("example.com"),
            control: host("croft.example.com"),
            apps: host("apps.example.net"),
            development: true,
        },
        control_origin: "http://croft.example.com:8080".into(),
        default_host: host("localhost"),
        trusted_proxies: vec![],
        limits: croft_edge::EdgeLimits::default(),
    }
}

/// Hosts with the number of their project, and routes of projects. A route's function is named
/// after the route.
pub(crate) fn snapshot(hosts: &[(&str, u128)], routes: &[(u128, &str)]) -> RouteDelta {
    let id = |n: u128| ProjectId::from_uuid(Uuid::from_u128(n));
    let mut projects: Vec<u128> = hosts.iter().map(|(_, n)| *n).collect();
    projects.sort_unstable();
    projects.dedup();
    let of = |project: u128| {
        let own = routes.iter().filter(move |(n, _)| *n == project);
        own.map(|(_, text)| {
            let RoutePattern { method, host, path } = text.parse().unwrap();
            let function = FunctionTarget {
                function: FunctionId::from_uuid(Uuid::from_u128(9)),
                name: Arc::from(*text),
                version: VersionId::from_uuid(Uuid::from_u128(8)),
                source: "source".into(),
            };
            FunctionRoute { method, host, path, function: Arc::new(function) }
        })
        .collect()
    };
    RouteDelta {
        generation: 1,
        whole: true,
        gone: vec![],
        projects: projects
            .iter()
            .map(|n| ProjectRoutes {
                project: id(*n),
                team: TeamId::from_uuid(Uuid::from_u128(*n)),
                hosts: hosts
                    .iter()
                    .filter(|(_, own)| own == n)
                    .map(|(pattern, _)| pattern.parse().unwrap())
                    .collect(),
                budget: Budget::from_limits(&Limits::default()),
                environment: Arc::default(),
                routes: of(*n),
            })
            .collect(),
    }
}

pub(crate) fn returned(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    Outcome::Returned(CallResponse {
        status,
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    })
}

/// Says which function was called with what.
pub(crate) fn echo(call: &Call) -> Outcome {
    let request = &call.request;
    let text = format!(
        "{} {} host={} params={:?} hosts={:?} query={} body={}",
        call.name,
        request.method,
        request.host,
        request.params,
        request.host_params,
        request.query,
        String::from_utf8_lossy(&request.body)
    );
    returned(200, &[("content-type", "text/plain")], &text)
}

impl World {
    /// The default settings, one app with one function that echoes, and the default project.
    pub(crate) async fn plain() -> Self {
        Self::with(settings(), usual(), |call| Box::pin(async move { echo(&call) })).await
    }

    pub(crate) async fn script(
        script: impl Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    ) -> Self {
        Self::with(settings(), usual(), script).await
    }

    pub(crate) async fn with(
        settings: EdgeSettings,
        snapshot: RouteDelta,
        script: impl Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    ) -> Self {
        let world = Self::unready(settings, Ok(snapshot), script).await;
        until("the first routes are in force", || world.edge.table().generation().is_some()).await;
        world
    }

    pub(crate) async fn unready(
        settings: EdgeSettings,
        snapshot: Result<RouteDelta, Trouble>,
        script: impl Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    ) -> Self {
        let (log, seen, stop) =
            (MemoryLog::default(), Arc::<Mutex<Vec<_>>>::default(), CancellationToken::new());
        let routes = Routes::new(snapshot);
        let outside = Outside {
            control: Arc::new(Control),
            functions: Arc::new(Invoker { script: Box::new(script), seen: Arc::clone(&seen) }),
            log: Arc::new(log.clone()),
            routes: Arc::new(routes.clone()),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        };
        let edge = Arc::new(Edge::new(settings, outside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (serving, stopping) = (Arc::clone(&edge), stop.clone());
        let served = tokio::spawn(async move { serving.serve(vec![listener], stopping).await });
        Self { address, edge, log, seen, routes, stop, served }
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire(TcpStream::connect(self.address).await.unwrap(), Vec::new())
    }

    /// One request on a connection of its own: the whole answer, head and body.
    pub(crate) async fn ask(&self, method: &str, host: &str, path: &str, more: &str) -> String {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}");
        self.raw(&format!("{head}Connection: close\r\n\r\n")).await
    }

    pub(crate) async fn get(&self, host: &str, path: &str) -> String {
        self.ask("GET", host, path, "").await
    }

    /// What comes back for these bytes until the server closes.
    pub(crate) async fn raw(&self, bytes: &str) -> String {
        let mut wire = self.connect().await;
        wire.send(bytes).await;
        wire.rest().await
    }

    pub(crate) async fn logged(&self, count: usize) -> Vec<Invocation> {
        until("calls are written down", || self.log.all().len() >= count).await;
        self.log.all()
    }

    pub(crate) fn last_request(&self) -> CallRequest {
        self.seen.lock().unwrap().last().expect("a call was made").clone()
    }
}

fn usual() -> RouteDelta {
    snapshot(
        &[(APP, 1), ("localhost", 2)],
        &[(1, "GET /hello/:name"), (1, "* /any"), (1, "POST /only"), (2, "GET /hi")],
    )
}

/// Waits for a condition, with a deadline.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = timeout(DEADLINE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(met.await.is_ok(), "not in time: {what}");
}

/// A condition that is met when so many milliseconds have passed.
pub(crate) fn after(millis: u64) -> impl Fn() -> bool {
    let end = tokio::time::Instant::now() + Duration::from_millis(millis);
    move || tokio::time::Instant::now() >= end
}

/// A connection that speaks bytes.
pub(crate) struct Wire(pub(crate) TcpStream, Vec<u8>);

impl Wire {
    pub(crate) async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Sends, or says that the server has closed.
    pub(crate) async fn try_send(&mut self, bytes: &str) -> bool {
        self.0.write_all(bytes.as_bytes()).await.is_ok()
    }

    /// Everything up to and with `end`; the connection stays.
    pub(crate) async fn up_to(&mut self, end: &str) -> String {
        let read = timeout(DEADLINE, async {
            loop {
                let text = String::from_utf8_lossy(&self.1).into_owned();
                if let Some(at) = text.find(end) {
                    self.1.drain(..at + end.len());
                    return text[..at + end.len()].to_owned();
                }
                assert!(self.0.read_buf(&mut self.1).await.unwrap() > 0, "closed after {text:?}");
            }
        });
        read.await.expect("what is waited for comes in time")
    }

    /// Takes so many bytes and forgets them.
    pub(crate) async fn skip(&mut self, bytes: usize) {
        let read = timeout(DEADLINE, async {
            let mut left = bytes.saturating_sub(std::mem::take(&mut self.1).len());
            while left > 0 {
                let mut buffer = vec![0; left.min(64 * 1024)];
                left -= self.0.read(&mut buffer).await.unwrap();
            }
        });
        read.await.expect("the bytes come in time");
    }

    /// Everything until the server closes; a reset counts as that.
    pub(crate) async fn rest(&mut self) -> String {
        let read = timeout(DEADLINE, async {
            while matches!(self.0.read_buf(&mut self.1).await, Ok(n) if n > 0) {}
        });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(read.await.is_ok(), "not closed in time after {:?}", text(&self.1));
        text(&std::mem::take(&mut self.1))
    }

    /// The next answer with a `content-length`, head and body; the connection stays.
    pub(crate) async fn answer(&mut self) -> String {
        let read = timeout(DEADLINE, async {
            loop {
                let text = String::from_utf8_lossy(&self.1).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length: usize = header(head, "content-length").unwrap().parse().unwrap();
                    if body.len() >= length {
                        let end = head.len() + 4 + length;
                        self.1.drain(..end);
                        return text[..end].to_owned();
                    }
                }
                assert!(self.0.read_buf(&mut self.1).await.unwrap() > 0, "closed after {text:?}");
            }
        });
        read.await.expect("an answer in time")
    }
}

pub(crate) fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}"));
    code.parse().unwrap_or_else(|_| panic!("no answer: {answer:?}"))
}

pub(crate) fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    head.lines().skip(1).find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}
