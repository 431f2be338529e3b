//! How many calls of functions are under way by the API at one time. Each may hold a body, an
//! answer and a lease on a process; without a bound one account could hold them all.

use std::sync::Arc;

use bytes::Bytes;
use croft_app::{Seat, Seats};
use croft_model::id::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{ApiError, Code, Result};

/// All together.
const ALL: usize = 64;
/// Of one person.
const EACH: usize = 16;

/// Who makes how many calls.
#[derive(Debug)]
pub(crate) struct Calls {
    all: Arc<Semaphore>,
    people: Seats<UserId>,
}

/// One call; over when dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Call(#[expect(dead_code, reason = "held")] (OwnedSemaphorePermit, Seat<UserId>));

impl Default for Calls {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL)), people: Seats::default() }
    }
}

impl Calls {
    /// Begins one, if there is room for it now.
    pub(crate) fn begin(&self, caller: UserId) -> Result<Call> {
        let own = self.people.take(caller, EACH);
        let place = Arc::clone(&self.all).try_acquire_owned().ok();
        place.zip(own).map(Call).ok_or_else(|| {
            ApiError::new(
                Code::TooManyRequests,
                "too many calls of functions are under way; wait for yours to end, and try again",
            )
            .retry_soon()
        })
    }
}

impl Call {
    /// The same bytes, and the call is over when the last of them is sent.
    pub(crate) fn until_sent(self, bytes: Bytes) -> Bytes {
        if bytes.is_empty() { bytes } else { Bytes::from_owner(Sent { bytes, _call: self }) }
    }
}

struct Sent {
    bytes: Bytes,
    _call: Call,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nobody_holds_more_than_their_part_and_all_end() {
        let calls = Calls::default();
        let person = |n| UserId::from_uuid(Uuid::from_u128(n));
        let mut held: Vec<_> = (0..EACH).map(|_| calls.begin(person(0)).unwrap()).collect();
        assert_eq!(calls.begin(person(0)).unwrap_err().code(), Code::TooManyRequests);
        let sent = held.pop().unwrap().until_sent(Bytes::from_static(b"hello"));
        let half = sent.slice(3..);
        drop(sent);
        assert!(calls.begin(person(0)).is_err(), "some of its answer is not sent yet");
        drop(half);
        held.push(calls.begin(person(0)).unwrap());
        for n in 1..(ALL / EACH) as u128 {
            held.extend((0..EACH).map(|_| calls.begin(person(n)).unwrap()));
        }
        assert!(calls.begin(person(99)).is_err(), "there are so many in all");
        held.clear();
        assert!(calls.begin(person(99)).is_ok());
    }
}
