//! Sockets: accepting, counting, serving and draining connections.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use croft_ports::{
    Clock, Entropy, function_invoker::FunctionInvoker, invocation_log::InvocationLog,
    route_source::RouteSource,
};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::{counted_as, is_trusted},
    control::ControlHandler,
    dispatch::Dispatch,
    intake::Intake,
    meters::{Meters, Refused},
    oversize::Explained,
    pulse::{Felt, Pulse, Verdict},
    refresh::Refresh,
    room::Room,
    service::Service,
    settings::{EdgeLimits, EdgeSettings},
    table::RouteTable,
};

/// How long to wait when the system has no socket to give.
const NO_SOCKET_PAUSE: Duration = Duration::from_millis(100);
/// What a client with too many connections is told, as far as it can be.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: text/plain\r\ncontent-length: 43\r\n\r\n\
    Too many connections from this one address\n";

/// What the edge works with; given by the binary.
#[derive(Clone)]
pub struct Outside {
    /// Answers Croft's own requests.
    pub control: Arc<dyn ControlHandler>,
    /// Runs functions.
    pub functions: Arc<dyn FunctionInvoker>,
    /// Where calls are written down.
    pub log: Arc<dyn InvocationLog>,
    /// Where routes come from.
    pub routes: Arc<dyn RouteSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for request ids.
    pub entropy: Arc<dyn Entropy>,
}

/// The HTTP data plane.
pub struct Edge {
    service: Arc<Service>,
    refresh: Refresh,
}

impl Edge {
    /// An edge that knows no routes yet. Install the metrics recorder before.
    pub fn new(settings: EdgeSettings, outside: Outside) -> Self {
        let Outside { control, functions, log, routes, clock, entropy } = outside;
        let (meters, table) =
            (Meters::new(), Arc::new(ArcSwap::from_pointee(RouteTable::default())));
        let refresh = Refresh {
            table: Arc::clone(&table),
            source: routes,
            meters: meters.clone(),
            period: settings.limits.refresh_period,
        };
        let intake = Intake::new(&settings.limits);
        let answers = Room::new(settings.limits.all_answers_bytes);
        let dispatch = Dispatch { functions, log, answers };
        let service =
            Service { settings, table, control, dispatch, intake, clock, entropy, meters };
        Self { service: Arc::new(service), refresh }
    }

    /// The routes in force.
    pub fn table(&self) -> Arc<RouteTable> {
        self.service.table.load_full()
    }

    /// Serves until `shutdown`, then ends: nothing more is accepted, requests in flight have
    /// [`EdgeLimits::drain_time`] to end, and what is left then is cut off.
    pub async fn serve(&self, listeners: Vec<TcpListener>, shutdown: CancellationToken) {
        let limits = &self.service.settings.limits;
        let tasks = TaskTracker::new();
        let server = Arc::new(Server {
            service: Arc::clone(&self.service),
            builder: builder(limits),
            room: Arc::new(Semaphore::new(limits.connections)),
            clients: Clients::default(),
            drain: shutdown.clone(),
            cut: CancellationToken::new(),
            connections: TaskTracker::new(),
        });
        tasks.spawn(self.refresh.clone().run(server.cut.clone()));
        for listener in listeners {
            tasks.spawn(Arc::clone(&server).accept(listener));
        }
        tasks.close();
        shutdown.cancelled().await;
        server.connections.close();
        let open = server.connections.len();
        tracing::info!(open, "draining connections");
        if timeout(limits.drain_time, server.connections.wait()).await.is_err() {
            let cut = server.connections.len();
            tracing::warn!(cut, "connections did not end in time and are cut off");
        }
        server.cut.cancel();
        server.connections.wait().await;
        tasks.wait().await;
    }
}

fn builder(limits: &EdgeLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The pulse holds both times; this one would count a rest as a head.
        .header_read_timeout(None)
        // Who has said all there is to say may still listen.
        .half_close(true)
        .max_buf_size(limits.header_bytes.max(8192));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.streams_per_connection);
    builder
}

/// One run of [`Edge::serve`].
struct Server {
    service: Arc<Service>,
    builder: Builder<TokioExecutor>,
    room: Arc<Semaphore>,
    clients: Clients,
    /// Nothing new; end what is there.
    drain: CancellationToken,
    /// End at once.
    cut: CancellationToken,
    connections: TaskTracker,
}

impl Server {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let accept = async {
            loop {
                let Ok(room) = Arc::clone(&self.room).acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, peer)) => self.begin(stream, peer, room),
                    Err(error) if is_the_clients(&error) => {}
                    Err(error) => {
                        tracing::error!(%error, "no connection can be accepted; trying on. \
                            Raise the limit of open files if it says so");
                        sleep(NO_SOCKET_PAUSE).await;
                    }
                }
            }
        };
        self.drain.run_until_cancelled(accept).await;
    }

    fn begin(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, room: OwnedSemaphorePermit) {
        let settings = &self.service.settings;
        let address = peer.ip().to_canonical();
        // Behind a trusted proxy are many clients; their connections are the proxy's to count.
        let most = if is_trusted(address, &settings.trusted_proxies) {
            u32::MAX
        } else {
            settings.limits.connections_per_client
        };
        let Some(counted) = self.clients.enter(counted_as(address), most) else {
            self.service.meters.refused(Refused::PerClient);
            // Best effort: a socket this fresh has room for it.
            let _ = stream.try_write(TOO_MANY);
            return;
        };
        let server = Arc::clone(self);
        self.connections.spawn(async move {
            server.service.meters.opened();
            server.connection(stream, peer).await;
            server.service.meters.closed();
            drop((counted, room));
        });
    }

    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        // Answers are written whole; waiting to fill packets only delays them.
        let _ = stream.set_nodelay(true);
        let pulse = Pulse::new();
        let stream = Explained::new(stream, Arc::clone(&pulse));
        let io = TokioIo::new(Felt { stream, pulse: Arc::clone(&pulse) });
        let service = service_fn(|request| {
            let (service, pulse) = (Arc::clone(&self.service), Arc::clone(&pulse));
            async move { Ok::<_, Infallible>(service.answer(request, peer, &pulse).await) }
        });
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let limits = &self.service.settings.limits;
        let mut is_draining = false;
        loop {
            let until = match pulse.verdict(limits) {
                Verdict::Fine(until) => until,
                Verdict::Rested => {
                    connection.as_mut().graceful_shutdown();
                    let _ = timeout(limits.header_time, connection).await;
                    return;
                }
                Verdict::Slow => return self.service.meters.refused(Refused::Slow),
                Verdict::Stalled => return self.service.meters.refused(Refused::Stalled),
            };
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection broke off");
                    }
                    return;
                }
                () = sleep_until(until) => {}
                () = self.drain.cancelled(), if !is_draining => {
                    is_draining = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.cut.cancelled() => return,
            }
        }
    }
}

/// Whether accepting failed for one client only.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// How many connections each client has. Asked when one begins and ends, never for a request.
#[derive(Debug, Clone, Default)]
struct Clients(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// One connection of a client, while it lives.
struct Counted {
    clients: Clients,
    client: IpAddr,
}

impl Clients {
    fn enter(&self, client: IpAddr, most: u32) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(client).or_default();
        if *count >= most {
            if *count == 0 {
                counts.remove(&client);
            }
            return None;
        }
        *count += 1;
        Some(Counted { clients: self.clone(), client })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}
