//! How long calls took, in buckets whose width grows with the duration: four for each doubling, so
//! that what is read back is within an eighth of what was.

/// Buckets, up to 134 s; what takes longer is in the last.
pub(crate) const BUCKETS: usize = 104;

/// How many took how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies([u32; BUCKETS]);

impl Default for Latencies {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

/// The bucket of a duration.
pub(crate) fn bucket(us: u64) -> usize {
    if us < 4 {
        return usize::try_from(us).unwrap_or(0);
    }
    let doubling = us.ilog2();
    let quarter = (us >> (doubling - 2)) & 3;
    let bucket = u64::from(doubling - 1) * 4 + quarter;
    usize::try_from(bucket).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 4 {
        return bucket;
    }
    let shift = bucket / 4 - 1;
    // In halves of the bucket's width.
    ((4 + bucket % 4) * 2 + 1) << shift >> 1
}

impl Latencies {
    /// One more that took so long.
    pub(crate) fn add(&mut self, us: u64) {
        let bucket = &mut self.0[bucket(us)];
        *bucket = bucket.saturating_add(1);
    }

    /// All of others, too.
    pub fn add_all(&mut self, others: &Self) {
        self.add_buckets(others.0);
    }

    fn add_buckets(&mut self, others: impl IntoIterator<Item = u32>) {
        for (own, other) in self.0.iter_mut().zip(others) {
            *own = own.saturating_add(other);
        }
    }

    /// Forgets half of each bucket.
    pub(crate) fn halve(&mut self) {
        self.0.iter_mut().for_each(|n| *n /= 2);
    }

    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|n| u64::from(*n)).sum()
    }

    /// The bucket that `percent` of them are in or below; `None` when there are none.
    pub(crate) fn bucket_at(&self, percent: u64) -> Option<usize> {
        // Rounded up: of ten, the 99th percentile is the tenth.
        let rank = (self.total() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.0.iter().position(|n| {
            seen += u64::from(*n);
            seen >= rank
        })
    }

    /// What `percent` of them took at most, in microseconds, within an eighth.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        self.bucket_at(percent).map(middle)
    }

    /// As Postgres writes an array. Empty buckets at the end are left out.
    pub(crate) fn to_array(&self) -> String {
        let used = self.0.iter().rposition(|n| *n > 0).map_or(0, |last| last + 1);
        let buckets: Vec<String> = self.0[..used].iter().map(ToString::to_string).collect();
        format!("{{{}}}", buckets.join(","))
    }

    /// What was written, too.
    pub(crate) fn add_array(&mut self, buckets: &[i32]) {
        self.add_buckets(buckets.iter().map(|n| u32::try_from(*n).unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_a_bucket_that_is_near_it() {
        let mut last = 0;
        for us in (0..5000).chain((5000..134_000_000).step_by(99_991)) {
            let bucket = bucket(us);
            assert!(bucket >= last, "{us}");
            last = bucket;
            let middle = middle(bucket);
            assert!(middle.abs_diff(us) <= us / 8, "{us} is read as {middle}");
        }
        assert_eq!(last, BUCKETS - 1);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles() {
        let mut taken = Latencies::default();
        assert_eq!(taken.percentile(50), None);
        (0..98).for_each(|_| taken.add(100));
        taken.add(2000);
        taken.add(9000);
        let near = |percent, us: u64| taken.percentile(percent).unwrap().abs_diff(us) <= us / 8;
        assert!(near(50, 100) && near(98, 100) && near(99, 2000) && near(100, 9000));
        let mut again = Latencies::default();
        let array = taken.to_array();
        let buckets: Vec<i32> =
            array.trim_matches(['{', '}']).split(',').map(|n| n.parse().unwrap()).collect();
        again.add_array(&buckets);
        assert_eq!(again, taken);
        assert_eq!(Latencies::default().to_array(), "{}");
    }
}
