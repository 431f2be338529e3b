//! What a process was sent once, kept by its key for the calls to come.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// A sixteen byte id or digest.
pub(crate) type Key = [u8; 16];

/// The newest things, as many as their bounds allow; the very newest always.
pub(crate) struct Kept<T> {
    by_key: HashMap<Key, (Arc<T>, usize)>,
    /// Oldest first.
    order: VecDeque<Key>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

impl<T> Kept<T> {
    /// At most so many, of so many bytes together.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self { by_key: HashMap::new(), order: VecDeque::new(), bytes: 0, most, most_bytes }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<T>> {
        self.by_key.get(key).map(|(thing, _)| Arc::clone(thing))
    }

    pub(crate) fn keep(&mut self, key: Key, thing: Arc<T>, bytes: usize) {
        self.bytes += bytes;
        if let Some((_, before)) = self.by_key.insert(key, (thing, bytes)) {
            self.bytes -= before;
        } else {
            self.order.push_back(key);
        }
        while self.order.len() > 1
            && (self.order.len() > self.most || self.bytes > self.most_bytes)
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.by_key.remove(&oldest).map_or(0, |(_, bytes)| bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_within_both_bounds() {
        let mut kept = Kept::new(3, 100);
        for n in 0..5 {
            kept.keep([n; 16], Arc::new(n), 10);
        }
        let has = |kept: &Kept<u8>| (0..9).filter(|n| kept.get(&[*n; 16]).is_some()).collect();
        let all: Vec<u8> = has(&kept);
        assert_eq!(all, [2, 3, 4]);
        kept.keep([5; 16], Arc::new(5), 90);
        let all: Vec<u8> = has(&kept);
        assert_eq!(all, [4, 5]);
        kept.keep([6; 16], Arc::new(6), 1000);
        let all: Vec<u8> = has(&kept);
        assert_eq!(all, [6]);
        // The same again takes no place of its own.
        kept.keep([6; 16], Arc::new(7), 10);
        kept.keep([4; 16], Arc::new(4), 90);
        assert_eq!((kept.get(&[6; 16]).as_deref(), kept.bytes), (Some(&7), 100));
    }
}
