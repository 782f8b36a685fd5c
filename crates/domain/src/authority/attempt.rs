//! Throttling of password guesses, without locking the account's owner out.
//!
//! Failures are counted in three ways. Per network, on all accounts: after a number of failures, further
//! attempts have to wait, so that one password is not tried on every account. Per network and account: each
//! failure doubles the wait, up to a quarter of an hour. Per account, over all networks from which its owner
//! has not logged in before: the wait is at most one minute. So guessing from many addresses stays slow, while
//! the owner waits at most that minute, or not at all on a network where they logged in before.

use std::net::{IpAddr, Ipv4Addr};

use crate::time::Timestamp;

/// The first failure of an account that costs a wait; the ones before it are free.
const FIRST_THAT_COSTS: u32 = 5;
/// The first failure of one network, on all accounts, that costs a wait. Many people may share one
/// address.
const CLIENT_FIRST_THAT_COSTS: u32 = 30;
/// The longest wait of one network, in seconds.
const NETWORK_WAIT_MAX: i64 = 900;
/// The longest wait of an account, in seconds.
const ACCOUNT_WAIT_MAX: i64 = 60;
/// Failures are forgotten after this many seconds without an attempt.
pub const FORGOTTEN_AFTER: i64 = 86_400;

/// The network of a client: the whole IPv4 address, or the first 64 bits of an IPv6 address, which is
/// what one subscriber gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientNetwork(u64, bool);

impl ClientNetwork {
    /// Whether the network is unknown, because a proxy did not name the client's address. An unknown
    /// network never counts as one from which an account's owner has logged in before.
    pub fn is_nobodys(self) -> bool {
        self == Self::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits()), false),
            IpAddr::V6(v6) => Self((v6.to_bits() >> 64) as u64, true),
        }
    }
}

impl std::fmt::Display for ClientNetwork {
    /// The form in the database: `4` or `6`, a colon, and the network's bits in hexadecimal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:x}", if self.1 { 6 } else { 4 }, self.0)
    }
}

/// What failures are counted for. This decides how many are free and how long the longest wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// The failures of one network on one account.
    Network,
    /// The failures of all networks on one account.
    Account,
    /// The failures of one network on all accounts.
    Client,
}

/// Failed attempts so far: how many, and when the last one was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    count: u32,
    last: Option<Timestamp>,
}

impl Failures {
    /// When the next attempt is allowed; `None` if it is allowed now.
    pub fn wait_until(&self, now: Timestamp, ceiling: Ceiling) -> Option<Timestamp> {
        let last = self.last?;
        let (first, most) = match ceiling {
            Ceiling::Network => (FIRST_THAT_COSTS, NETWORK_WAIT_MAX),
            Ceiling::Account => (FIRST_THAT_COSTS, ACCOUNT_WAIT_MAX),
            Ceiling::Client => (CLIENT_FIRST_THAT_COSTS, NETWORK_WAIT_MAX),
        };
        let over = self.count.checked_sub(first)?;
        let wait = 1_i64.checked_shl(over.min(30)).unwrap_or(most).min(most);
        let until = last.plus_seconds(wait);
        (until > now).then_some(until)
    }

    /// These failures, with the last one no later than now: a failure that was counted while the clock
    /// was ahead costs no more than one that is counted now.
    #[must_use]
    pub fn not_after(self, now: Timestamp) -> Self {
        Self { last: self.last.map(|last| last.min(now)), ..self }
    }

    /// These failures and one more, at `now`. Forgotten ones are dropped first.
    #[must_use]
    pub fn and_one(self, now: Timestamp) -> Self {
        let count = if self.is_forgotten(now) { 0 } else { self.count };
        Self { count: count.saturating_add(1), last: Some(now) }
    }

    /// One failure less: an attempt that was counted in advance has succeeded.
    #[must_use]
    pub const fn but_one(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// Whether the last failure is so long ago that none of them counts any more.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.last.is_none_or(|last| last.plus_seconds(FORGOTTEN_AFTER) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(ceiling: Ceiling) -> Vec<i64> {
        let now = Timestamp::from_micros(0);
        let mut failures = Failures::default();
        (0..20)
            .map(|_| {
                failures = failures.and_one(now);
                failures.wait_until(now, ceiling).map_or(0, |t| t.as_micros() / 1_000_000)
            })
            .collect()
    }

    #[test]
    fn each_failed_login_waits_longer_up_to_a_ceiling() {
        assert_eq!(waits(Ceiling::Network)[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(waits(Ceiling::Network)[19], 900);
        assert_eq!(waits(Ceiling::Account)[19], 60);
    }

    #[test]
    fn failed_logins_are_forgotten_after_a_day() {
        let now = Timestamp::from_micros(0);
        let mut failures = Failures::default();
        for _ in 0..10 {
            failures = failures.and_one(now);
        }
        let later = now.plus_seconds(FORGOTTEN_AFTER);
        assert!(failures.is_forgotten(later));
        assert_eq!(failures.and_one(later).count, 1);
    }

    #[test]
    fn a_client_network_is_one_ipv4_address_or_an_ipv6_64() {
        let network = |text: &str| ClientNetwork::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("::c000:201"));
    }
}
