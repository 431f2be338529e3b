//! Answers of all threads on their way to Croft: whoever finds nobody writing writes for all.

use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
};

/// The writing half of an executor's socket.
pub(crate) struct Outbox {
    socket: Arc<UnixStream>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    writing: bool,
}

impl Outbox {
    pub(crate) fn new(socket: Arc<UnixStream>) -> Self {
        Self { socket, pending: Mutex::default() }
    }

    /// Sends whole frames. What other threads add meanwhile goes out in the next write.
    pub(crate) fn send(&self, frames: &[u8]) -> io::Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.bytes.extend_from_slice(frames);
        if pending.writing {
            return Ok(());
        }
        pending.writing = true;
        let mut batch = Vec::new();
        while !pending.bytes.is_empty() {
            batch.clear();
            std::mem::swap(&mut batch, &mut pending.bytes);
            drop(pending);
            (&*self.socket).write_all(&batch)?;
            pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        }
        // The larger buffer is kept for the next, unless one answer made it huge.
        if batch.capacity() <= 64 * 1024 {
            batch.clear();
            pending.bytes = batch;
        }
        pending.writing = false;
        Ok(())
    }
}
