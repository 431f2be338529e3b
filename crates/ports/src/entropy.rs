//! Chance as an argument.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use croft_model::id::{Id, Kind};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

/// Gives random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`; fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// Where the time and count of the last id are kept, so that those made within one millisecond
    /// sort as they were made.
    fn last_id(&self) -> &AtomicU64;
}

impl dyn Entropy {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new id: a UUIDv7 (RFC 9562, 5.7) of `now`, so that ids sort by age.
    pub fn id<K: Kind>(&self, now: OffsetDateTime) -> Id<K> {
        Id::from_uuid(self.uuid(now))
    }

    /// A new UUIDv7 of `now`. Those of one millisecond count up in `rand_a` from a random start
    /// (RFC 9562, 6.2, method 1), at least 2048 of them; those of an earlier moment than the last
    /// one's are in no order among themselves.
    pub fn uuid(&self, now: OffsetDateTime) -> Uuid {
        let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let mut bytes: [u8; 10] = self.bytes();
        // The start's highest bit is left free, for the counting.
        let start = u64::from(u16::from_be_bytes([bytes[0], bytes[1]]) & 0x7ff);
        let [.., high, low] = counted(self.last_id(), millis, start).to_be_bytes();
        (bytes[0], bytes[1]) = (high, low);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

/// The time in milliseconds, and below it in twelve bits the count of an id that is made now.
fn counted(last: &AtomicU64, millis: u64, start: u64) -> u64 {
    let fresh = millis << 12 | start;
    let next = |last: u64| {
        if last >> 12 == millis && last & 0xfff < 0xfff { last + 1 } else { fresh }
    };
    let kept = |last: u64| (last >> 12 <= millis).then(|| next(last));
    last.fetch_update(Relaxed, Relaxed, kept).map_or(fresh, next)
}

/// The operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that rolls dice")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }

    fn last_id(&self) -> &AtomicU64 {
        static LAST: AtomicU64 = AtomicU64::new(0);
        &LAST
    }
}

/// Numbers that a seed decides: the same every run.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<StdRng>, AtomicU64);

impl SeededEntropy {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)), AtomicU64::new(0))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    fn last_id(&self) -> &AtomicU64 {
        &self.1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::Duration;

    use super::*;

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let start = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let mut before = Uuid::nil();
        for millis in [0, 1, 5] {
            let now = start + Duration::milliseconds(millis);
            for _ in 0..2048 {
                let id = entropy.uuid(now);
                assert!(before < id, "{before} {id}");
                let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
                assert_eq!(seconds, now.unix_timestamp().unsigned_abs());
                assert_eq!(nanos, now.nanosecond(), "the time is the moment's own");
                before = id;
                // What is made late, of a moment long past, is in nobody's way.
                assert!(entropy.uuid(now - Duration::SECOND) < id);
            }
        }
    }

    #[test]
    fn ids_are_unique_beyond_what_can_be_counted_and_when_many_make_them() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let make = || {
            let entropy: &dyn Entropy = &SystemEntropy;
            (0..10_000).map(|_| entropy.uuid(now)).collect::<Vec<_>>()
        };
        let made: Vec<Uuid> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
