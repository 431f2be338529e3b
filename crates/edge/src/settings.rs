//! What the edge is told at start: its own names, whom it believes, and how much is too much.

use std::time::Duration;

use croft_model::{domain::Zones, host::Hostname};
use ipnet::IpNet;

/// Everything the edge is told at start.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// The installation's own names.
    pub zones: Zones,
    /// The dashboard's origin, like `http://croft.localhost:8080`, without a final slash. Redirects
    /// lead here, never to what a request names.
    pub control_origin: String,
    /// The default project's host, on which a few paths stay Croft's: `localhost`.
    pub default_host: Hostname,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bounds.
    pub limits: EdgeLimits,
}

/// How much of everything one client, and all of them together, may take (decision 53).
#[derive(Debug, Clone)]
pub struct EdgeLimits {
    /// Bytes of a request's head; at least 8192. More is answered with 431.
    pub header_bytes: usize,
    /// From a request's first byte, or the connection's beginning, to the end of its head.
    pub header_time: Duration,
    /// How long a connection without a request is kept.
    pub idle_time: Duration,
    /// How long a client may refuse to take any byte of an answer.
    pub write_stall_time: Duration,
    /// How long a client may take over a whole answer, however it takes it; for streams of the
    /// control plane, as long as they last. Then its connection is ended.
    pub answer_time: Duration,
    /// Bytes of body that a function's request may have. More is answered with 413.
    pub body_bytes: usize,
    /// From the end of a function request's head to the end of its body; for requests to the
    /// control plane, the longest silence within a body.
    pub body_time: Duration,
    /// Bytes of bodies held for all calls together, and an eighth of it for those of one client
    /// and of one project; at least eight times [`Self::body_bytes`]. More is answered with 503.
    pub all_bodies_bytes: u32,
    /// Bytes of functions' answers held until their clients took them, and an eighth of it for
    /// those to one client and of one project; at least eight times what one call may answer. More
    /// is answered with 503.
    pub all_answers_bytes: u32,
    /// Connections at one time. More wait to be accepted.
    pub connections: usize,
    /// Connections of one client address (of one /64 in IPv6) at one time. More are closed.
    pub connections_per_client: u32,
    /// Requests at one time on one HTTP/2 connection.
    pub streams_per_connection: u32,
    /// How long requests in flight have to end at shutdown (decision 33).
    pub drain_time: Duration,
    /// How often routes are looked at without a hint.
    pub refresh_period: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_mins(1),
            write_stall_time: Duration::from_mins(1),
            answer_time: Duration::from_mins(2),
            body_bytes: 6 * 1024 * 1024,
            body_time: Duration::from_mins(1),
            all_bodies_bytes: 256 * 1024 * 1024,
            all_answers_bytes: 256 * 1024 * 1024,
            connections: 8192,
            connections_per_client: 256,
            streams_per_connection: 100,
            drain_time: Duration::from_secs(10),
            refresh_period: Duration::from_secs(3),
        }
    }
}
