//! How fast anyone may ask (decision 53).
//!
//! Token buckets by GCRA. Keys are 128 bits: a session's or token's id, an address (an IPv6 one by
//! its /64, which is what one customer holds, and by its /48, which is what a generous network
//! gives one), or a hash of an account's e-mail.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use croft_app::{Caller, Places};
use croft_model::access::Proof;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::error::{ApiError, Result};

/// How many requests a minute, and how many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Sustained.
    pub per_minute: NonZeroU32,
    /// From rest.
    pub burst: NonZeroU32,
}

impl Rate {
    /// So many a minute, so many of them at once. Zero counts as one.
    pub const fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute: at_least_one(per_minute), burst: at_least_one(burst) }
    }

    /// So many times as much.
    fn times(self, n: NonZeroU32) -> Self {
        let (per_minute, burst) = (self.per_minute.saturating_mul(n), self.burst.saturating_mul(n));
        Self { per_minute, burst }
    }

    /// How long it takes until one more may be taken.
    fn one(self) -> Duration {
        Duration::from_mins(1) / self.per_minute.get()
    }

    /// How long it takes from empty to full.
    fn whole(self) -> Duration {
        self.one() * self.burst.get()
    }
}

const fn at_least_one(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

/// The rates of an installation. What is by address is by an IPv6 one's /64; all of a /48 together
/// may do four times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of one token or session.
    pub caller: Rate,
    /// Of one address, for requests without good credentials; and once more for credentials that
    /// were not good lately and have to be looked up.
    pub anonymous: Rate,
    /// Sign-ins from one address.
    pub sign_in_address: Rate,
    /// Sign-ins to one account before they become slow.
    pub sign_in_account: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            caller: Rate::new(600, 100),
            anonymous: Rate::new(60, 60),
            sign_in_address: Rate::new(5, 5),
            sign_in_account: Rate::new(5, 5),
        }
    }
}

/// A bucket: whose it is and what it holds.
type Bucket = (u128, Rate);

/// Buckets of one kind: when each will be full again. Those that are full are dropped by
/// [`Buckets::sweep`]; beyond [`Buckets::MOST`] all newcomers share one.
#[derive(Default)]
struct Buckets(Mutex<HashMap<u128, Instant>>);

impl Buckets {
    /// Some 5 MB.
    const MOST: usize = 100_000;
    /// The bucket of all for whom there is no room, and below it that of their /48s. No id, address
    /// or hash is likely to be this.
    const SHARED: u128 = u128::MAX;

    /// Takes one from each of these, or none from any and says how long to wait.
    fn take(&self, wanted: &[Bucket]) -> std::result::Result<(), Duration> {
        let now = Instant::now();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let crowded = full_at.len() >= Self::MOST;
        let taken = wanted.iter().zip(0..).map(|(&(key, rate), nth)| {
            let key = if crowded && !full_at.contains_key(&key) { Self::SHARED - nth } else { key };
            let level = full_at.get(&key).map_or(now, |at| now.max(*at)) + rate.one();
            (key, level, level.saturating_duration_since(now + rate.whole()))
        });
        let taken: Vec<_> = taken.collect();
        match taken.iter().map(|(_, _, wait)| *wait).max() {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                full_at.extend(taken.into_iter().map(|(key, level, _)| (key, level)));
                Ok(())
            }
        }
    }

    /// Puts back what was taken.
    fn give_back(&self, taken: &[Bucket]) {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rate) in taken {
            if let Some(at) = full_at.get_mut(key) {
                *at -= rate.one();
            }
        }
    }

    fn sweep(&self) {
        let now = Instant::now();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.retain(|_, at| *at > now);
        full_at.shrink_to_fit();
    }
}

/// All buckets. Cheap to clone.
#[derive(Clone)]
pub struct RateLimits(Arc<Inner>);

struct Inner {
    rates: Rates,
    caller: Buckets,
    anonymous: Buckets,
    guesses: Buckets,
    sign_in_address: Buckets,
    sign_in_account: Buckets,
    waiting: Places,
}

impl RateLimits {
    /// The longest that a sign-in is held back for its account.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(5);
    /// Sign-ins held back at one time; more are refused.
    const MOST_WAITING: usize = 64;
    /// Of these, to one account.
    const WAITING_OF_ACCOUNT: usize = 16;
    /// Of these, from one address or IPv6 /48.
    const WAITING_OF_RANGE: usize = 8;

    /// Full buckets.
    pub fn new(rates: Rates) -> Self {
        let waiting =
            Places::new(Self::MOST_WAITING, Self::WAITING_OF_ACCOUNT, Self::WAITING_OF_RANGE);
        Self(Arc::new(Inner {
            rates,
            caller: Buckets::default(),
            anonymous: Buckets::default(),
            guesses: Buckets::default(),
            sign_in_address: Buckets::default(),
            sign_in_account: Buckets::default(),
            waiting,
        }))
    }

    /// Counts a request of somebody known.
    pub fn caller(&self, caller: &Caller) -> Result<()> {
        let id = match &caller.principal.by {
            Proof::Session { id, .. } => id.uuid(),
            Proof::Token { id, .. } => id.uuid(),
        };
        self.0
            .caller
            .take(&[(id.as_u128(), self.0.rates.caller)])
            .map_err(|wait| ApiError::slow_down(wait, "this session or token asks too often"))
    }

    /// Counts a request without credentials, or with bad ones.
    pub fn anonymous(&self, client: IpAddr) -> Result<()> {
        self.0.anonymous.take(&of_address(client, self.0.rates.anonymous)).map_err(|wait| {
            ApiError::slow_down(wait, "too many requests from this address without being signed in")
        })
    }

    /// Counts credentials that may be anything, before they are looked up.
    pub(crate) fn guess(&self, client: IpAddr) -> Result<()> {
        self.0.guesses.take(&of_address(client, self.0.rates.anonymous)).map_err(|wait| {
            ApiError::slow_down(
                wait,
                "too many wrong tokens or sessions from this address; wait a moment and try again",
            )
        })
    }

    /// What [`Self::guess`] counted was no guess.
    pub(crate) fn no_guess(&self, client: IpAddr) {
        self.0.guesses.give_back(&of_address(client, self.0.rates.anonymous));
    }

    /// Waits for a turn to try a password. An address that tries too often is refused. An account
    /// that is tried too often, from wherever, is answered late but not locked, or anybody could
    /// lock out anybody.
    pub async fn sign_in(&self, client: IpAddr, account: &str) -> Result<()> {
        let refuse = |wait| {
            ApiError::slow_down(wait, "too many attempts to sign in; wait a moment and try again")
        };
        let Rates { sign_in_address, sign_in_account, .. } = self.0.rates;
        self.0.sign_in_address.take(&of_address(client, sign_in_address)).map_err(refuse)?;
        let by_account = (account_key(account), sign_in_account);
        if let Err(wait) = self.0.sign_in_account.take(&[by_account]) {
            let place = self.0.waiting.take(account, Some(client));
            let _waiting = place.ok_or_else(|| refuse(wait))?;
            tokio::time::sleep(wait.min(Self::LONGEST_WAIT)).await;
        }
        Ok(())
    }

    /// Drops the buckets that are full again. To be called about once a minute.
    pub fn sweep(&self) {
        let Inner { caller, anonymous, guesses, sign_in_address, sign_in_account, .. } = &*self.0;
        for buckets in [caller, anonymous, guesses, sign_in_address, sign_in_account] {
            buckets.sweep();
        }
    }
}

/// How many of its /64s' worth an IPv6 /48 may do.
const RANGE: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// The buckets of an address.
fn of_address(address: IpAddr, rate: Rate) -> Vec<Bucket> {
    match address.to_canonical() {
        IpAddr::V4(v4) => vec![(v4.to_ipv6_mapped().to_bits(), rate)],
        IpAddr::V6(v6) => {
            // Told apart from the /64s by its last bit.
            let range = v6.to_bits() >> 80 << 80 | 1;
            vec![(v6.to_bits() >> 64 << 64, rate), (range, rate.times(RANGE))]
        }
    }
}

fn account_key(account: &str) -> u128 {
    digest(account.trim().to_lowercase().as_bytes())
}

/// Half a SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> u128 {
    Sha256::digest(bytes).iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::advance;

    use super::*;
    use crate::error::Code;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_its_burst_and_then_waits() {
        let limits = RateLimits::new(Rates::default());
        let taken =
            || (0..100).take_while(|_| limits.anonymous(address("192.0.2.1")).is_ok()).count();
        assert_eq!(taken(), 60);
        assert_eq!(
            limits.anonymous(address("::ffff:192.0.2.1")).unwrap_err().code(),
            Code::TooManyRequests
        );
        assert!(limits.anonymous(address("192.0.2.2")).is_ok());
        advance(Duration::from_secs(10)).await;
        assert_eq!(taken(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn ipv6_is_counted_by_64_and_by_48() {
        let limits = RateLimits::new(Rates::default());
        let taken = |n: u16, last: u16| {
            let client = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, last);
            (0..100).take_while(|_| limits.anonymous(client.into()).is_ok()).count()
        };
        assert_eq!(taken(0, 1), 60);
        assert_eq!(taken(0, 2), 0, "the same /64");
        assert_eq!(taken(1, 1), 60, "what was refused to a neighbour counts for nobody else");
        assert_eq!((2..100).map(|n| taken(n, 1)).sum::<usize>(), 120, "all of a /48 together");
        assert!(limits.anonymous(address("2001:db8:2::1")).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_whole_48_leaves_room_for_others() {
        let limits = RateLimits::new(Rates::default());
        for n in 0..=u16::MAX {
            let client = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, 1);
            let _ = limits.anonymous(client.into());
        }
        let held = limits.0.anonymous.0.lock().unwrap().len();
        assert_eq!(held, 241, "who is refused has no bucket");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attacked_account_is_slow_but_open() {
        let limits = RateLimits::new(Rates::default());
        let attacker = |n: u32| IpAddr::from(std::net::Ipv4Addr::from(n));
        for n in 0..50 {
            limits.sign_in(attacker(n), "ada@example.com").await.unwrap();
        }
        let before = tokio::time::Instant::now();
        limits.sign_in(address("198.51.100.7"), " Ada@Example.com").await.unwrap();
        let waited = before.elapsed();
        assert!(
            waited > Duration::from_secs(1)
                && waited <= RateLimits::LONGEST_WAIT + Duration::from_millis(10),
            "{waited:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_attacked_account_holds_back_a_part_of_the_others() {
        let limits = RateLimits::new(Rates::default());
        let attempts = |account: &'static str, first: u32, times: u32| {
            let from = (first..first + times).map(|n| IpAddr::from(std::net::Ipv4Addr::from(n)));
            let each = from.map(|client| limits.sign_in(client, account));
            async { join_all(each).await.iter().filter(|tried| tried.is_ok()).count() }
        };
        let (ada, bob) = tokio::join!(attempts("ada", 0, 200), attempts("bob", 1000, 10));
        assert_eq!(ada, 5 + RateLimits::WAITING_OF_ACCOUNT);
        assert_eq!(bob, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_may_try_five_passwords() {
        let limits = RateLimits::new(Rates::default());
        for n in 0..5 {
            limits.sign_in(address("192.0.2.1"), &format!("{n}@example.com")).await.unwrap();
        }
        let error = limits.sign_in(address("192.0.2.1"), "x@example.com").await.unwrap_err();
        assert_eq!(error.code(), Code::TooManyRequests);
        let of_48 = (0..40).map(|n| address(&format!("2001:db8:1:{n:x}::1")));
        let tried = join_all(of_48.map(|client| limits.sign_in(client, "y"))).await;
        assert_eq!(tried.iter().filter(|tried| tried.is_ok()).count(), 5 + 8, "{tried:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn buckets_do_not_grow_without_end_and_are_swept() {
        let buckets = Buckets::default();
        let rate = Rate::new(60, 1);
        for key in 0..(Buckets::MOST as u128 + 5_000) {
            let _ = buckets.take(&[(key, rate)]);
        }
        let held = || buckets.0.lock().unwrap().len();
        assert_eq!(held(), Buckets::MOST + 1);
        assert!(buckets.take(&[(7, rate)]).is_err(), "who has one keeps it");
        buckets.sweep();
        assert_eq!(held(), Buckets::MOST + 1);
        advance(Duration::from_secs(1)).await;
        buckets.sweep();
        assert_eq!(held(), 0);
    }
}
