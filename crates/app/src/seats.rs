//! How many of something each one may hold at one time, and how many all together.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts what each holds. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Seats<K: Eq + Hash>(Arc<Mutex<HashMap<K, usize>>>);

/// One held; given back when dropped.
#[derive(Debug)]
#[must_use]
pub struct Seat<K: Eq + Hash> {
    seats: Seats<K>,
    key: K,
}

impl<K: Eq + Hash> Default for Seats<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Seats<K> {
    /// Takes one for somebody who holds fewer than `most`.
    pub fn take(&self, key: K, most: usize) -> Option<Seat<K>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&key) {
            Some(count) if *count >= most => return None,
            Some(count) => *count += 1,
            None if most == 0 => return None,
            None => drop(held.insert(key.clone(), 1)),
        }
        Some(Seat { seats: self.clone(), key })
    }
}

impl<K: Eq + Hash> Drop for Seat<K> {
    fn drop(&mut self) {
        let mut held = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.key);
            }
        }
    }
}

/// Places for those who try passwords: so many, of which neither one account's attempts nor one
/// range's get more than a part.
#[derive(Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    accounts: Seats<String>,
    ranges: Seats<IpAddr>,
    of_account: usize,
    of_range: usize,
}

/// One place; given back when dropped.
#[derive(Debug)]
#[must_use]
pub struct Place(#[expect(dead_code, reason = "held")] Held);
type Held = (OwnedSemaphorePermit, Seat<String>, Option<Seat<IpAddr>>);

impl Places {
    /// So many; so many of them for the attempts on one account, and from one range of addresses.
    pub fn new(all: usize, of_account: usize, of_range: usize) -> Self {
        let all = Arc::new(Semaphore::new(all));
        Self { all, accounts: Seats::default(), ranges: Seats::default(), of_account, of_range }
    }

    /// A place, if there is one now, for an attempt on the account of this e-mail, as typed and
    /// whether or not there is one.
    pub fn take(&self, account: &str, from: Option<IpAddr>) -> Option<Place> {
        let account = self.accounts.take(account.trim().to_lowercase(), self.of_account)?;
        let range = match from {
            Some(address) => Some(self.ranges.take(range_of(address), self.of_range)?),
            None => None,
        };
        let place = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Place((place, account, range)))
    }
}

/// What one customer of a network may have at most: an IPv4 address, or an IPv6 /48, by its first
/// address.
fn range_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_their_own_and_what_is_given_back_can_be_taken_again() {
        let seats = Seats::default();
        let first = seats.take("ada", 2).unwrap();
        let _second = seats.take("ada", 2).unwrap();
        assert!(seats.take("ada", 2).is_none());
        assert!(seats.take("bob", 2).is_some());
        drop(first);
        assert!(seats.take("ada", 2).is_some());
        assert_eq!(seats.0.lock().unwrap().len(), 1, "who holds nothing is forgotten");
    }

    #[test]
    fn neither_an_account_nor_a_range_takes_all_places() {
        let places = Places::new(6, 2, 3);
        let take = |account: &str, from: &str| places.take(account, Some(from.parse().unwrap()));
        let _two = [take("ada", "2001:db8:1::1").unwrap(), take(" ADA", "192.0.2.1").unwrap()];
        assert!(take("ada", "192.0.2.2").is_none(), "one account");
        let _two = [take("b", "2001:db8:1:2::1").unwrap(), take("c", "2001:db8:1:ff::").unwrap()];
        assert!(take("d", "2001:db8:1:3::9").is_none(), "one /48");
        let fifth = take("d", "2001:db8:2::1").unwrap();
        let _sixth = places.take("e", None).unwrap();
        assert!(places.take("f", None).is_none(), "all are taken");
        drop(fifth);
        assert!(places.take("f", None).is_some());
    }
}
