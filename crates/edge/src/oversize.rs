//! Says why when a request's head is too large.
//!
//! The HTTP library judges heads before anyone here sees a request, and answers an empty 431. A page
//! on a host beside ours may set cookies for our host too, and more of them than a head may have:
//! then that is what a browser's user saw. So the empty answer is replaced on its way out, whatever
//! the size; and what the client has still to send is taken, or the answer could be lost in a reset.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::pulse::Pulse;

/// What is said instead. It ends with the connection.
const ANSWER: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncache-control: no-store\r\n\
    content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n\r\n\
    The head of this request is too large: Croft takes 32 KiB and 100 fields.\n\n\
    In a browser the reason is mostly cookies, which a page on a neighbouring host can set for this \
    one too. Remove the cookies of this site and of its parent domain in the browser's settings, \
    and load the page again.\n";
/// How the empty answer begins. All answers of ours have a request id.
const EMPTY: &[u8] = b"HTTP/1.1 431 ";
const REQUEST_ID: &[u8] = b"croft-request-id";
/// Bytes of the request that are still taken after the answer. For how long is the pulse's to say.
const TAKEN_MOST: usize = 1024 * 1024;

/// A stream on which an empty 431 becomes one with a reason.
pub(crate) struct Explained<S> {
    stream: S,
    pulse: Arc<Pulse>,
    /// How much of the answer is sent, once it is to be.
    said: Option<usize>,
    is_shut: bool,
    taken: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Explained<S> {
    pub(crate) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse, said: None, is_shut: false, taken: 0 }
    }

    /// Whether these bytes are replaced, and all that follow.
    fn replaces(&mut self, bytes: &[u8]) -> bool {
        let is_empty_answer = || {
            bytes.starts_with(EMPTY)
                && self.pulse.is_resting()
                && !bytes.windows(REQUEST_ID.len()).any(|part| part == REQUEST_ID)
        };
        if self.said.is_none() && is_empty_answer() {
            self.said = Some(0);
        }
        self.said.is_some()
    }

    fn poll_say(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = self.said.get_or_insert(0);
        while *said < ANSWER.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &ANSWER[*said..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => *said += sent,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what the client has still to send, until it has taken the answer and closes.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 4096];
        while self.taken < TAKEN_MOST {
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            match buffer.filled().len() {
                0 => break,
                taken => self.taken += taken,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replaces(buf) {
            return self.poll_say(cx).map_ok(|()| buf.len());
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        if self.replaces(first) {
            let all = bufs.iter().map(|buf| buf.len()).sum();
            return self.poll_say(cx).map_ok(|()| all);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_shut = true;
        }
        if self.said.is_some() { self.poll_take(cx) } else { Poll::Ready(Ok(())) }
    }
}
