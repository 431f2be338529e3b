//! How fast anyone may ask (decision 53).
//!
//! Token buckets by GCRA. Keys are 128 bits: a session's or token's id, an address (an IPv6 one by
//! its /64, which is what one customer holds), or a hash of an account's e-mail.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use croft_app::Caller;
use croft_model::access::Proof;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

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
}

const fn at_least_one(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

/// The rates of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of one token or session.
    pub caller: Rate,
    /// Of one address, for requests without good credentials.
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

/// Buckets of one kind. Full ones are dropped by [`Buckets::sweep`]; beyond [`Buckets::MOST`] all
/// newcomers share one.
struct Buckets(DefaultKeyedRateLimiter<u128>);

impl Buckets {
    /// Some 10 MB.
    const MOST: usize = 100_000;
    /// The bucket of all for whom there is no room. No id, address or hash is likely to be this.
    const SHARED: u128 = u128::MAX;

    fn new(rate: Rate) -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(rate.per_minute).allow_burst(rate.burst)))
    }

    /// Takes one, or says how long to wait.
    fn take(&self, key: u128) -> std::result::Result<(), Duration> {
        let key = if self.0.len() >= Self::MOST { Self::SHARED } else { key };
        self.0
            .check_key(&key)
            .map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }

    fn sweep(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

/// All buckets. Cheap to clone.
#[derive(Clone)]
pub struct RateLimits(Arc<Inner>);

struct Inner {
    caller: Buckets,
    anonymous: Buckets,
    sign_in_address: Buckets,
    sign_in_account: Buckets,
    waiting: Semaphore,
}

impl RateLimits {
    /// The longest that a sign-in is held back for its account.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(5);
    /// Sign-ins held back at one time; more are refused.
    const MOST_WAITING: usize = 64;

    /// Full buckets.
    pub fn new(rates: Rates) -> Self {
        Self(Arc::new(Inner {
            caller: Buckets::new(rates.caller),
            anonymous: Buckets::new(rates.anonymous),
            sign_in_address: Buckets::new(rates.sign_in_address),
            sign_in_account: Buckets::new(rates.sign_in_account),
            waiting: Semaphore::new(Self::MOST_WAITING),
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
            .take(id.as_u128())
            .map_err(|wait| ApiError::slow_down(wait, "this session or token asks too often"))
    }

    /// Counts a request without credentials, or with bad ones.
    pub fn anonymous(&self, client: IpAddr) -> Result<()> {
        self.0.anonymous.take(address_key(client)).map_err(|wait| {
            ApiError::slow_down(wait, "too many requests from this address without being signed in")
        })
    }

    /// Waits for a turn to try a password. An address that tries too often is refused. An account
    /// that is tried too often, from wherever, is answered late but not locked, or anybody could
    /// lock out anybody.
    pub async fn sign_in(&self, client: IpAddr, account: &str) -> Result<()> {
        let refuse = |wait| {
            ApiError::slow_down(wait, "too many attempts to sign in; wait a moment and try again")
        };
        self.0.sign_in_address.take(address_key(client)).map_err(refuse)?;
        if let Err(wait) = self.0.sign_in_account.take(account_key(account)) {
            let _waiting = self.0.waiting.try_acquire().map_err(|_| refuse(wait))?;
            tokio::time::sleep(wait.min(Self::LONGEST_WAIT)).await;
        }
        Ok(())
    }

    /// Drops the buckets that are full again. To be called about once a minute.
    pub fn sweep(&self) {
        for buckets in
            [&self.0.caller, &self.0.anonymous, &self.0.sign_in_address, &self.0.sign_in_account]
        {
            buckets.sweep();
        }
    }
}

fn address_key(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

fn account_key(account: &str) -> u128 {
    let hash = Sha256::digest(account.trim().to_lowercase().as_bytes());
    hash.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::error::Code;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_burst_and_then_waits() {
        let limits = RateLimits::new(Rates::default());
        let taken = (0..100).take_while(|_| limits.anonymous(address("192.0.2.1")).is_ok()).count();
        assert!((60..=61).contains(&taken), "{taken}");
        assert_eq!(
            limits.anonymous(address("::ffff:192.0.2.1")).unwrap_err().code(),
            Code::TooManyRequests
        );
        assert!(limits.anonymous(address("192.0.2.2")).is_ok());
    }

    #[test]
    fn ipv6_is_counted_by_64() {
        assert_eq!(address_key(address("2001:db8::1")), address_key(address("2001:db8::ffff:1")));
        assert_ne!(address_key(address("2001:db8::1")), address_key(address("2001:db8:0:1::1")));
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

    #[tokio::test]
    async fn an_address_may_try_five_passwords() {
        let limits = RateLimits::new(Rates::default());
        for n in 0..5 {
            limits.sign_in(address("192.0.2.1"), &format!("{n}@example.com")).await.unwrap();
        }
        let error = limits.sign_in(address("192.0.2.1"), "x@example.com").await.unwrap_err();
        assert_eq!(error.code(), Code::TooManyRequests);
    }

    #[test]
    fn buckets_do_not_grow_without_end_and_are_swept() {
        let buckets = Buckets::new(Rate::new(60_000, 1));
        for key in 0..(Buckets::MOST as u128 + 5_000) {
            let _ = buckets.take(key);
        }
        assert!(buckets.0.len() <= Buckets::MOST + 1);
        let deadline = Instant::now() + Duration::from_secs(10);
        while buckets.0.len() > 1_000 {
            assert!(Instant::now() < deadline, "{} left", buckets.0.len());
            buckets.sweep();
        }
    }
}
