//! How many rows something may still have: so many each second, and a second's worth at once.

use std::time::Duration;

use tokio::time::Instant;

/// What is left, and when that was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    left: u32,
    as_of: Instant,
}

impl Allowance {
    /// A full one.
    pub(super) fn full(per_second: u32, now: Instant) -> Self {
        Self { left: per_second, as_of: now }
    }

    /// Takes one if more than `reserve` are left.
    pub(super) fn take(&mut self, per_second: u32, reserve: u32, now: Instant) -> bool {
        if self.left < per_second {
            self.refill(per_second, now);
        } else {
            self.as_of = now;
        }
        let taken = self.left > reserve;
        self.left -= u32::from(taken);
        taken
    }

    fn refill(&mut self, per_second: u32, now: Instant) {
        let passed = now.saturating_duration_since(self.as_of);
        let each = Duration::from_secs(1) / per_second;
        let fresh = passed.as_nanos() / each.as_nanos();
        let room = per_second - self.left;
        match u32::try_from(fresh) {
            Ok(0) => {}
            Ok(fresh) if fresh < room => {
                self.left += fresh;
                // What is on its way to the next one counts on.
                self.as_of += each * fresh;
            }
            Ok(_) | Err(_) => *self = Self::full(per_second, now),
        }
    }

    /// Whether nothing was taken for so long.
    pub(super) fn rests(&self, since: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.as_of) > since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_calls_and_no_more() {
        let start = Instant::now();
        let mut allowance = Allowance::full(20, start);
        let mut taken = 0;
        // A thousand tries a second, for ten seconds.
        for ms in 0..10_000 {
            let now = start + Duration::from_millis(ms);
            taken += u32::from(allowance.take(20, 0, now));
        }
        assert_eq!(taken, 20 + 199, "a second's worth at once, and what came meanwhile");
        let later = start + Duration::from_mins(10);
        let burst = (0..100).filter(|_| allowance.take(20, 0, later)).count();
        assert_eq!(burst, 20, "what was not taken does not pile up");
    }

    #[test]
    fn a_reserve_is_left_to_others() {
        let now = Instant::now();
        let mut allowance = Allowance::full(20, now);
        assert_eq!((0..100).filter(|_| allowance.take(20, 10, now)).count(), 10);
        assert_eq!((0..100).filter(|_| allowance.take(20, 0, now)).count(), 10);
    }
}
