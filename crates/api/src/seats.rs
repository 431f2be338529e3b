//! How many of something each person may hold at one time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use croft_model::id::UserId;

/// Counts what people hold. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<HashMap<UserId, usize>>>);

/// One held; given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user: UserId,
}

impl Seats {
    /// Takes one for a person who holds fewer than `most`.
    pub(crate) fn take(&self, user: UserId, most: usize) -> Option<Seat> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(user).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), user })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_person_and_given_back() {
        let (seats, ada, bob) = (
            Seats::default(),
            UserId::from_uuid(uuid::Uuid::nil()),
            UserId::from_uuid(uuid::Uuid::max()),
        );
        let first = seats.take(ada, 2).unwrap();
        let _second = seats.take(ada, 2).unwrap();
        assert!(seats.take(ada, 2).is_none());
        assert!(seats.take(bob, 2).is_some());
        drop(first);
        assert!(seats.take(ada, 2).is_some());
        assert_eq!(seats.0.lock().unwrap().len(), 1, "who holds nothing is forgotten");
    }
}
