//! Taking in the body of a function's request: whole, within a size, a time, and the room that all
//! bodies share.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Incoming};
use tokio::time::timeout;

use crate::{
    failure::Failure,
    room::{Held, Holder, Room},
    settings::EdgeLimits,
};

/// The room for bodies, and the bounds of each.
#[derive(Debug)]
pub(crate) struct Intake {
    room: Arc<Room>,
    body_bytes: usize,
    body_time: Duration,
}

/// A whole body, and the room it takes until it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: Bytes,
    _room: Held,
}

impl Intake {
    pub(crate) fn new(limits: &EdgeLimits) -> Self {
        Self {
            room: Room::new(limits.all_bodies_bytes),
            body_bytes: limits.body_bytes,
            body_time: limits.body_time,
        }
    }

    /// Takes in a body. One that says it is too large is refused before any of it is asked for.
    pub(crate) async fn take(&self, body: Incoming, holder: Holder) -> Result<Taken, Failure> {
        let room = self.room.hold(holder);
        if body.is_end_stream() {
            return Ok(Taken { bytes: Bytes::new(), _room: room });
        }
        if body.size_hint().lower() > self.body_bytes as u64 {
            return Err(Failure::BodyTooLarge(self.body_bytes));
        }
        timeout(self.body_time, self.read(body, room)).await.map_err(|_| Failure::BodySlow)?
    }

    async fn read(&self, mut body: Incoming, mut room: Held) -> Result<Taken, Failure> {
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            // Trailers are nobody's; a function sees none.
            let Ok(data) = frame.map_err(|_| Failure::BodyBroken)?.into_data() else { continue };
            if whole.len() + data.len() > self.body_bytes {
                return Err(Failure::BodyTooLarge(self.body_bytes));
            }
            room.add(data.len()).map_err(|_| Failure::BodiesFull)?;
            whole.extend_from_slice(&data);
        }
        Ok(Taken { bytes: whole.freeze(), _room: room })
    }
}
