//! Credentials that were good lately, by half a SHA-256 of each. They are looked up like all others: what is
//! kept here only tells them from guesses.

use std::{
    collections::HashSet,
    mem::take,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The last few thousand of them: those of now, and those of before that were not seen since.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<[HashSet<u128>; 2]>);

impl Known {
    /// Of each.
    const MOST: usize = 4096;

    fn lock(&self) -> MutexGuard<'_, [HashSet<u128>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the secret of this hash was good when it was last seen.
    pub(crate) fn has(&self, key: u128) -> bool {
        self.lock().iter().any(|keys| keys.contains(&key))
    }

    /// It is good.
    pub(crate) fn add(&self, key: u128) {
        let [now, before] = &mut *self.lock();
        if now.insert(key) && now.len() >= Self::MOST {
            *before = take(now);
        }
    }

    /// It is not good any more.
    pub(crate) fn forget(&self, key: u128) {
        for keys in &mut *self.lock() {
            keys.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_and_no_more() {
        let known = Known::default();
        assert!(!known.has(0));
        let most = Known::MOST as u128;
        for key in 1..3 * most {
            known.add(key);
            known.add(0);
            assert!(known.has(key.saturating_sub(most - 2).max(1)), "{key}");
        }
        assert!(known.lock().iter().map(HashSet::len).sum::<usize>() <= 2 * Known::MOST);
        assert!(known.has(0), "what is used stays");
        assert!(!known.has(1));
        known.forget(0);
        assert!(!known.has(0));
    }
}
