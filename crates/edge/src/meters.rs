//! What the edge counts. Handles are looked up once, so that a request only adds to them; install
//! the recorder before the edge is made.

use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// What answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// The control plane.
    Control,
    /// A function, or a failure in its place.
    Function,
    /// The edge itself.
    Edge,
}

/// Why a connection was not taken or not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refused {
    /// Its client has too many.
    PerClient,
    /// It was too slow to say what it wants.
    Slow,
    /// It does not take its answer.
    Stalled,
}

#[derive(Clone)]
struct PerAnswerer {
    /// By class of status, from 1xx.
    requests: [Counter; 5],
    seconds: Histogram,
}

impl PerAnswerer {
    fn new(by: &'static str) -> Self {
        let requests = ["1xx", "2xx", "3xx", "4xx", "5xx"]
            .map(|class| counter!("croft_edge_requests_total", "by" => by, "class" => class));
        Self { requests, seconds: histogram!("croft_edge_request_seconds", "by" => by) }
    }
}

/// All the edge's meters.
#[derive(Clone)]
pub(crate) struct Meters {
    control: PerAnswerer,
    function: PerAnswerer,
    edge: PerAnswerer,
    connections: Gauge,
    refused: [Counter; 3],
    refreshed: Counter,
    refresh_failed: Counter,
    generation: Gauge,
    hosts: Gauge,
}

impl Meters {
    pub(crate) fn new() -> Self {
        Self {
            control: PerAnswerer::new("control"),
            function: PerAnswerer::new("function"),
            edge: PerAnswerer::new("edge"),
            connections: gauge!("croft_edge_connections"),
            refused: ["per_client", "slow", "stalled"]
                .map(|why| counter!("croft_edge_connections_refused_total", "why" => why)),
            refreshed: counter!("croft_edge_refreshes_total", "result" => "ok"),
            refresh_failed: counter!("croft_edge_refreshes_total", "result" => "failed"),
            generation: gauge!("croft_edge_table_generation"),
            hosts: gauge!("croft_edge_table_hosts"),
        }
    }

    /// A request was answered. The time is until the head of the answer.
    pub(crate) fn request(&self, by: Answered, status: StatusCode, took: Duration) {
        let meters = match by {
            Answered::Control => &self.control,
            Answered::Function => &self.function,
            Answered::Edge => &self.edge,
        };
        if let Some(counter) =
            meters.requests.get(usize::from(status.as_u16() / 100).wrapping_sub(1))
        {
            counter.increment(1);
        }
        meters.seconds.record(took.as_secs_f64());
    }

    pub(crate) fn opened(&self) {
        self.connections.increment(1.0);
    }

    pub(crate) fn closed(&self) {
        self.connections.decrement(1.0);
    }

    pub(crate) fn refused(&self, why: Refused) {
        self.refused[why as usize].increment(1);
    }

    /// A new table, or none new, or none at all.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub(crate) fn refreshed(&self, outcome: Option<(u64, usize)>) {
        let Some((generation, hosts)) = outcome else {
            self.refresh_failed.increment(1);
            return;
        };
        self.refreshed.increment(1);
        self.generation.set(generation as f64);
        self.hosts.set(hosts as f64);
    }
}
