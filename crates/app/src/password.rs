//! Passwords: argon2id, few at a time.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{
    Error, Origin, Result,
    seats::{Place, Places},
};

/// Places of those whose passwords are hashed or wait for it; whoever comes when none is free is
/// turned away at once. At two at a time the last waits for about a second.
const PLACES: usize = 64;
/// Of these, for the attempts on one account.
const OF_ACCOUNT: usize = 4;
/// Of these, from one address, or one IPv6 /48.
const OF_RANGE: usize = 8;

/// Hashes and checks passwords. Each takes some 20 MiB and 30 ms of a core, so only `at_once` run
/// at one time, and only so many wait.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Places>,
}

/// A place in the queue of those whose passwords are hashed.
#[derive(Debug)]
#[must_use]
pub struct Queued {
    turns: Arc<Semaphore>,
    place: Arc<Place>,
}

/// What a password is checked against when there is no such account, so that the answer takes as
/// long. Nobody's password.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"nobody has this password")
        .map_or_else(|_| String::new(), |h| h.to_string())
});

impl Passwords {
    /// Runs so many at one time.
    pub fn new(at_once: usize) -> Self {
        let places = Arc::new(Places::new(PLACES, OF_ACCOUNT, OF_RANGE));
        Self { turns: Arc::new(Semaphore::new(at_once)), places }
    }

    /// A place in the queue, for an e-mail as typed: to be taken before it is known whether anybody
    /// has it, so that being turned away tells nothing.
    pub fn queue(&self, email: &str, origin: Origin) -> Result<Queued> {
        let place = self.places.take(email, origin.address).ok_or(Error::Busy(
            "too many passwords are being checked just now; try again in a moment",
        ))?;
        Ok(Queued { turns: Arc::clone(&self.turns), place: Arc::new(place) })
    }
}

impl Queued {
    /// Hashes a password with a salt of its own, in PHC string form.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|e| Error::Internal(e.to_string().into()))
        })
        .await?
    }

    /// Whether the password belongs to the hash. Without a hash it takes as long and says no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let good = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
            });
            good && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|e| Error::Unavailable(Box::new(e)))?;
        // Whoever goes away meanwhile holds the place until the work is done all the same. It is given
        // back before the turn, in this order: the next one's turn finds it free.
        let held = (Arc::clone(&self.place), turn);
        let done = tokio::task::spawn_blocking(move || {
            let _held = held;
            work()
        });
        done.await.map_err(|e| Error::Internal(Box::new(e)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Origin {
        Origin { address: Some(address.parse().unwrap()), request: None }
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_turned_away_and_nobody_can_fill_it_alone() {
        let passwords = Passwords::new(1);
        let busy = |queued: Result<Queued>| matches!(queued, Err(Error::Busy(_)));
        let network = |n: usize| from(&format!("2001:db8:1:{n:x}::1"));
        let one_account: Vec<_> =
            (0..OF_ACCOUNT).map(|n| passwords.queue("a", from(&format!("10.0.0.{n}")))).collect();
        assert!(one_account.iter().all(Result::is_ok));
        assert!(busy(passwords.queue("A", from("10.0.1.1"))), "one account has its part");
        let one_range: Vec<_> =
            (0..OF_RANGE).map(|n| passwords.queue(&format!("b{n}"), network(n)).unwrap()).collect();
        assert!(busy(passwords.queue("b", network(99))), "one /48 has its part");
        let left = PLACES - OF_ACCOUNT - OF_RANGE;
        let rest: Vec<_> = (0..left)
            .map(|n| passwords.queue(&format!("c{n}"), from(&format!("10.1.0.{n}"))).unwrap())
            .collect();
        assert!(busy(passwords.queue("d", from("10.2.0.1"))), "and then it is full");
        drop((one_account, one_range, rest));
        let queued = passwords.queue("d", network(1)).unwrap();
        let hash = queued.hash("secret".to_owned()).await.unwrap();
        assert!(queued.verify("secret".to_owned(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_place_is_held_until_the_work_is_done_even_when_nobody_waits_for_it() {
        let passwords = Passwords::new(1);
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let queued = passwords.queue("a", Origin::default()).unwrap();
        let held = Arc::downgrade(&queued.place);
        let asked = tokio::spawn(async move {
            let work = move || {
                let _ = begin.send(());
                let _ = ended.recv();
            };
            queued.run(work).await
        });
        begun.await.unwrap();
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        assert!(held.upgrade().is_some());
        drop(end);
        let _turn = passwords.turns.acquire().await.unwrap();
        assert!(held.upgrade().is_none());
    }
}
