//! Whether a connection is busy, waiting or stuck, and until when it may be.
//!
//! The server's own header timeout counts the rest between two requests as well, so it cannot hold
//! ten seconds for a head and a minute for a rest at one time; and it knows nothing of a client
//! that takes no bytes, or takes them one by one. Here everything that happens on a connection
//! leaves a mark, and the connection's task looks at them seldom.

use std::{
    collections::BTreeMap,
    io::IoSlice,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use crate::settings::EdgeLimits;

/// No such moment.
const NEVER: u64 = u64::MAX;

/// The marks of one connection. Moments are milliseconds since its beginning.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    /// Requests in flight, until their answers' bodies are sent.
    calls: AtomicU32,
    /// Whether requests share the connection; then bytes are not the beginning of a head.
    is_shared: AtomicBool,
    /// Since when the head of a request is being read.
    head_since: AtomicU64,
    /// Since when no request is in flight.
    rest_since: AtomicU64,
    /// Since when the client takes no bytes.
    stalled_since: AtomicU64,
    /// Since when answers are being sent, and how many since each moment.
    sending: Mutex<BTreeMap<u64, u32>>,
}

/// What to do with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again then.
    Fine(Instant),
    /// It rested long enough: end it with good manners.
    Rested,
    /// It takes too long to say what it wants: end it.
    Slow,
    /// It does not take its answer: end it.
    Stalled,
}

impl Pulse {
    /// A connection that begins now, with a head.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            calls: AtomicU32::new(0),
            is_shared: AtomicBool::new(false),
            head_since: AtomicU64::new(0),
            rest_since: AtomicU64::new(0),
            stalled_since: AtomicU64::new(NEVER),
            sending: Mutex::default(),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    /// A request has begun.
    pub(crate) fn call(self: &Arc<Self>, is_shared: bool) -> Call {
        self.calls.fetch_add(1, Relaxed);
        self.head_since.store(NEVER, Relaxed);
        if is_shared {
            self.is_shared.store(true, Relaxed);
        }
        Call { pulse: Arc::clone(self), sending_since: None }
    }

    /// Whether no request is in flight.
    pub(crate) fn is_resting(&self) -> bool {
        self.calls.load(Relaxed) == 0
    }

    fn sending(&self) -> MutexGuard<'_, BTreeMap<u64, u32>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) {
        if self.head_since.load(Relaxed) == NEVER
            && self.calls.load(Relaxed) == 0
            && !self.is_shared.load(Relaxed)
        {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    fn wrote(&self, is_pending: bool) {
        let is_stalled = self.stalled_since.load(Relaxed) != NEVER;
        if is_pending != is_stalled {
            self.stalled_since.store(if is_pending { self.now() } else { NEVER }, Relaxed);
        }
    }

    /// What to do now. A moment to look again is never later than any bound can be reached, whatever
    /// happens in between.
    pub(crate) fn verdict(&self, limits: &EdgeLimits) -> Verdict {
        let now = self.now();
        let shortest = [limits.idle_time, limits.write_stall_time, limits.answer_time]
            .into_iter()
            .fold(limits.header_time, Duration::min);
        let mut next = now.saturating_add(millis(shortest));
        let mut is_over = |since: u64, bound: Duration| {
            let end = since.saturating_add(millis(bound));
            next = next.min(end);
            end <= now
        };
        if is_over(self.stalled_since.load(Relaxed), limits.write_stall_time) {
            return Verdict::Stalled;
        }
        let oldest = self.sending().first_key_value().map_or(NEVER, |(since, _)| *since);
        if is_over(oldest, limits.answer_time) {
            return Verdict::Stalled;
        }
        if self.calls.load(Relaxed) == 0 {
            let head = self.head_since.load(Relaxed);
            if is_over(head, limits.header_time) {
                return Verdict::Slow;
            }
            if head == NEVER && is_over(self.rest_since.load(Relaxed), limits.idle_time) {
                return Verdict::Rested;
            }
        }
        Verdict::Fine(self.began + Duration::from_millis(next.max(now + 1)))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(NEVER)
}

/// A request in flight; its end is the drop of this.
#[derive(Debug)]
pub(crate) struct Call {
    pulse: Arc<Pulse>,
    sending_since: Option<u64>,
}

impl Call {
    /// Its answer is there, and from now on it is for the client to take it.
    pub(crate) fn send(&mut self) {
        let now = self.pulse.now();
        *self.pulse.sending().entry(now).or_default() += 1;
        self.sending_since = Some(now);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(since) = self.sending_since {
            let mut sending = self.pulse.sending();
            if let Some(count) = sending.get_mut(&since) {
                *count -= 1;
                if *count == 0 {
                    sending.remove(&since);
                }
            }
        }
        self.pulse.rest_since.store(self.pulse.now(), Relaxed);
        self.pulse.calls.fetch_sub(1, Relaxed);
    }
}

/// A stream that leaves marks.
pub(crate) struct Felt<S> {
    pub(crate) stream: S,
    pub(crate) pulse: Arc<Pulse>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.read();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.pulse.wrote(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.pulse.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
