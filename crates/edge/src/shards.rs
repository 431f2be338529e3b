//! A map that is cheap to copy with a few changes: it shares with the copy all parts that are the
//! same. That is what lets a table of a hundred thousand hosts be replaced for one of them.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

/// Parts of a map. A change copies one of them, and a pointer to each of the others.
const SHARDS: usize = 1024;

type Shard<K, V> = HashMap<K, V, RandomState>;

#[derive(Debug, Clone)]
pub(crate) struct Shards<K, V> {
    hash: RandomState,
    shards: Box<[Arc<Shard<K, V>>]>,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        let hash = RandomState::new();
        let empty = Arc::new(Shard::with_hasher(hash.clone()));
        Self { hash, shards: vec![empty; SHARDS].into() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    /// Which part a key is in. By bits of the hash that a part's own table does not use.
    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        usize::try_from(self.hash.hash_one(key) >> 32).unwrap_or(0) % SHARDS
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.shards[self.shard(key)].get(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let shard = self.shard(&key);
        Arc::make_mut(&mut self.shards[shard]).insert(key, value)
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let shard = self.shard(key);
        self.shards[shard].get(key)?;
        Arc::make_mut(&mut self.shards[shard]).remove(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_its_own_changes_and_shares_the_rest() {
        let mut first = Shards::<u32, u32>::default();
        for n in 0..10_000 {
            first.insert(n, n);
        }
        let mut second = first.clone();
        assert_eq!(
            (second.insert(1, 7), second.remove(&2), second.remove(&10_000)),
            (Some(1), Some(2), None)
        );
        assert_eq!((first.get(&1), first.get(&2), first.len()), (Some(&1), Some(&2), 10_000));
        assert_eq!((second.get(&1), second.get(&2), second.len()), (Some(&7), None, 9_999));
        let pairs = first.shards.iter().zip(&second.shards);
        let own = pairs.filter(|(one, other)| !Arc::ptr_eq(one, other)).count();
        assert!(own <= 2, "{own} parts were copied");
        let largest = first.shards.iter().map(|shard| shard.len()).max();
        assert!(largest < Some(100), "spread out: at most {largest:?} in one of {SHARDS}");
    }
}
