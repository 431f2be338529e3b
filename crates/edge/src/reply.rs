//! An answer's body: bytes of ours, or whatever the control plane streams.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::{
    control::{Body, BoxError},
    pulse::Call,
};

/// A body that keeps its connection busy until it is sent or given up.
pub(crate) struct Reply {
    content: Content,
    /// Dropped with the body, or with the bytes.
    _call: Option<Call>,
}

pub(crate) enum Content {
    /// All of it; nothing once it is taken.
    Whole(Bytes),
    Streamed(Body),
}

impl Reply {
    /// The answer to that call.
    pub(crate) fn new(content: Content, mut call: Call) -> Self {
        match content {
            Content::Whole(bytes) if !bytes.is_empty() => {
                call.send();
                // The body is taken at once; its bytes go as the client takes them.
                Self { content: Content::Whole(kept_with(bytes, call)), _call: None }
            }
            content => {
                // What has an end is all there and has its time; a stream goes on.
                if matches!(&content, Content::Streamed(body) if body.size_hint().exact().is_some())
                {
                    call.send();
                }
                Self { content, _call: Some(call) }
            }
        }
    }
}

/// The same bytes, and `with` is dropped when the last of them is.
pub(crate) fn kept_with<T: Send + 'static>(bytes: Bytes, with: T) -> Bytes {
    Bytes::from_owner(Kept { bytes, _with: with })
}

struct Kept<T> {
    bytes: Bytes,
    _with: T,
}

impl<T> AsRef<[u8]> for Kept<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Content::Streamed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Streamed(body) => body.size_hint(),
        }
    }
}
