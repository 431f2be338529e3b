//! Frames between Croft and its executors: whatever a process says is a value or an error, however
//! it is cut, and a value is written as it was read.
#![no_main]

#[path = "../../../crates/functions/src/frame.rs"]
#[allow(dead_code, unused_imports)]
mod frame;

use bytes::{Bytes, BytesMut};
use frame::{Answer, Hello, OrderOwned, push, read, split};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

/// So many bytes come at once where they come in pieces.
const PIECE: usize = 3;

fuzz_target!(|bytes: &[u8]| {
    let whole = frames([bytes]);
    assert_eq!(whole, frames(bytes.chunks(PIECE)), "cut otherwise");
    assert_eq!(whole, plain(bytes), "read plainly");
    // What is behind the head of a frame, whether its length was right or not.
    for body in whole.iter().map(|body| &body[..]).chain([bytes]) {
        written_as_read::<OrderOwned>(body);
        written_as_read::<Answer>(body);
        written_as_read::<Hello>(body);
    }
});

fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Bytes> {
    let (mut buffer, mut whole) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match split(&mut buffer) {
                Ok(Some(body)) => whole.push(body),
                Ok(None) => break,
                Err(_) => return whole,
            }
        }
    }
    whole
}

/// Length, body, length, body, as long as there are any.
fn plain(mut bytes: &[u8]) -> Vec<Bytes> {
    let mut whole = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk() {
        let length = u32::from_le_bytes(*head) as usize;
        let Some((body, rest)) = rest.split_at_checked(length) else { break };
        whole.push(Bytes::copy_from_slice(body));
        bytes = rest;
    }
    whole
}

/// Written and read again it is written as before.
fn written_as_read<T: Serialize + DeserializeOwned>(body: &[u8]) {
    let Ok(value) = read::<T>(body) else { return };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    push(&mut first, &value).expect("what fit a frame fits one");
    let again: T = read(&first[4..]).expect("what was written is read");
    push(&mut second, &again).expect("what fit a frame fits one");
    assert_eq!(first, second);
}
