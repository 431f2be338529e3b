//! What Croft and an executor process say to each other: frames of a length (`u32`, little
//! endian) and a body in postcard, a compact format that spells bytes as they are.
//!
//! Both ends are the same binary, so the format has no versions.

use bytes::{Buf, Bytes, BytesMut};
use croft_model::function::Budget;
use croft_ports::function_invoker::{FunctionEnvironment, LogLine, Outcome, ScriptError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::net::IpAddr;

/// No frame is longer than this, in bytes.
pub(crate) const MAX_FRAME: usize = 32 * 1024 * 1024;
/// Calls one process may hold at one time; a lane is the number of one of them.
pub(crate) const MAX_LANES: u8 = 64;

const HEAD: usize = 4;

/// How a process is to confine itself: the first frame it reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The user and group it becomes; needed when it starts as root.
    pub(crate) user: Option<u32>,
    /// Its address space, in bytes.
    pub(crate) address_space_bytes: u64,
}

/// What Croft asks. Written with borrowed parts ([`OrderRef`]), read with owned ones.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order<Text, Pairs, Body, Environment> {
    /// Run a call.
    Run(Run<Text, Pairs, Body, Environment>),
    /// Compile, and say whether it went.
    Check { lane: u8, source: Text },
}

/// One call. Ids are their sixteen bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run<Text, Pairs, Body, Environment> {
    pub(crate) lane: u8,
    pub(crate) version: [u8; 16],
    /// The text, unless the process was given it before.
    pub(crate) source: Option<Text>,
    /// The environment's digest.
    pub(crate) digest: [u8; 16],
    /// The environment, unless the process was given it before.
    pub(crate) environment: Option<Environment>,
    /// Microseconds left of the budget's time.
    pub(crate) time_us: u64,
    pub(crate) budget: Budget,
    pub(crate) project: [u8; 16],
    pub(crate) name: Text,
    pub(crate) request: [u8; 16],
    pub(crate) method: Text,
    pub(crate) host: Text,
    pub(crate) path: Text,
    pub(crate) query: Text,
    pub(crate) params: Pairs,
    pub(crate) host_params: Pairs,
    pub(crate) headers: Pairs,
    pub(crate) body: Body,
    pub(crate) client: IpAddr,
}

/// Pairs of names and values in order.
pub(crate) type Pairs = Vec<(String, String)>;
/// An order to be written.
pub(crate) type OrderRef<'a> = Order<&'a str, &'a Pairs, &'a Bytes, &'a FunctionEnvironment>;
/// A call to be written.
pub(crate) type RunRef<'a> = Run<&'a str, &'a Pairs, &'a Bytes, &'a FunctionEnvironment>;
/// An order that was read.
pub(crate) type OrderOwned = Order<String, Pairs, Bytes, FunctionEnvironment>;
/// A call that was read.
pub(crate) type RunOwned = Run<String, Pairs, Bytes, FunctionEnvironment>;

/// What goes to a process once and is kept there by its key; the rest of a call goes every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) source: bool,
    pub(crate) environment: bool,
}

impl Parts {
    pub(crate) const NONE: Self = Self { source: false, environment: false };
}

/// What an executor process says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It is confined and takes orders.
    Ready,
    /// It could not confine itself and ends.
    Refused(String),
    /// A call ended.
    Done {
        lane: u8,
        outcome: Outcome,
        log: Vec<LogLine>,
        duration_us: u64,
        /// Bytes the call left behind in the process (cycles that nothing frees).
        left_bytes: u64,
    },
    /// It does not have (any more) these parts of the lane's call: send it again with them.
    Need { lane: u8, parts: Parts },
    /// A check ended.
    Checked { lane: u8, error: Option<ScriptError> },
}

/// Bytes that are not a frame of ours, or a value that does not fit one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a frame of {0} bytes is longer than the {MAX_FRAME} allowed")]
    TooLong(usize),
    #[error("a frame does not read as one: {0}")]
    Malformed(postcard::Error),
}

/// Appends a frame; on an error `buffer` is as it was.
pub(crate) fn push<T: Serialize>(buffer: &mut Vec<u8>, value: &T) -> Result<(), FrameError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEAD]);
    let written = postcard::serialize_with_flavor(value, Tail(buffer));
    let length = buffer.len() - start - HEAD;
    let outcome = match (written, u32::try_from(length)) {
        (Err(error), _) => Err(FrameError::Malformed(error)),
        (Ok(()), Ok(head)) if length <= MAX_FRAME => {
            buffer[start..start + HEAD].copy_from_slice(&head.to_le_bytes());
            Ok(())
        }
        _ => Err(FrameError::TooLong(length)),
    };
    if outcome.is_err() {
        buffer.truncate(start);
    }
    outcome
}

/// Writes to the end of a buffer.
struct Tail<'a>(&'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Tail<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Takes the next whole frame's body out of what was read so far.
pub(crate) fn split(buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
    let Some(head) = buffer.first_chunk::<HEAD>() else { return Ok(None) };
    let length = u32::from_le_bytes(*head) as usize;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    if buffer.len() < HEAD + length {
        return Ok(None);
    }
    buffer.advance(HEAD);
    Ok(Some(buffer.split_to(length).freeze()))
}

/// Reads a frame's body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    postcard::from_bytes(body).map_err(FrameError::Malformed)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn two_frames() -> Vec<u8> {
        let (pairs, body) = (vec![("a".to_owned(), "1".to_owned())], Bytes::from_static(b"\0\xff"));
        let values = vec![("KEY".to_owned(), Zeroizing::new("hush".to_owned()))];
        let environment = FunctionEnvironment { digest: [4; 16], values };
        let mut bytes = Vec::new();
        let run = RunRef {
            lane: 7,
            version: [1; 16],
            source: Some("1 + 1"),
            digest: [4; 16],
            environment: Some(&environment),
            time_us: 9,
            budget: Budget {
                time_ms: 1,
                memory_bytes: 2,
                response_bytes: 3,
                operations: 4,
                concurrency: 5,
            },
            project: [2; 16],
            name: "hello",
            request: [3; 16],
            method: "GET",
            host: "a.test",
            path: "/",
            query: "",
            params: &pairs,
            host_params: &pairs,
            headers: &pairs,
            body: &body,
            client: IpAddr::from([127, 0, 0, 1]),
        };
        push(&mut bytes, &OrderRef::Run(run)).unwrap();
        push(&mut bytes, &OrderRef::Check { lane: 8, source: "x" }).unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read_however_it_is_cut() {
        let bytes = two_frames();
        for cut in 0..=bytes.len() {
            let mut buffer = BytesMut::from(&bytes[..cut]);
            let mut orders = Vec::new();
            while let Some(body) = split(&mut buffer).unwrap() {
                orders.push(read::<OrderOwned>(&body).unwrap());
            }
            buffer.extend_from_slice(&bytes[cut..]);
            while let Some(body) = split(&mut buffer).unwrap() {
                orders.push(read::<OrderOwned>(&body).unwrap());
            }
            let [OrderOwned::Run(run), OrderOwned::Check { lane: 8, source }] = &orders[..] else {
                panic!("{orders:?}")
            };
            assert_eq!((run.lane, run.name.as_str(), &run.body[..]), (7, "hello", &b"\0\xff"[..]));
            assert_eq!((run.params[0].1.as_str(), source.as_str()), ("1", "x"));
            assert_eq!(&*run.environment.as_ref().unwrap().values[0].1, "hush");
            let shown = format!("{run:?}");
            assert!(shown.contains("KEY") && !shown.contains("hush"), "{shown}");
        }
    }

    #[test]
    fn a_length_that_is_too_long_is_refused_before_it_is_awaited() {
        let mut buffer = BytesMut::from(&u32::MAX.to_le_bytes()[..]);
        assert!(matches!(split(&mut buffer), Err(FrameError::TooLong(_))));
        let mut bytes = vec![1];
        let long = "x".repeat(MAX_FRAME + 1);
        assert!(push(&mut bytes, &OrderRef::Check { lane: 0, source: &long }).is_err());
        assert_eq!(bytes, [1]);
    }
}
