//! How guessing a password is slowed, without locking its owner out.
//!
//! Failures are counted three times. From one network on all accounts only so many are free, so that a
//! password is not tried on everybody. From one network on one account they cost more each time, up to a
//! quarter of an hour. Over all networks that the account's owner has not been seen at, they cost up to
//! a minute: guessing from many addresses stays slow, and somebody who knows the password waits at
//! most that minute, or not at all where they logged in before.

use std::net::{IpAddr, Ipv4Addr};

use crate::time::Timestamp;

/// The failure from which on each costs a wait.
const FIRST_THAT_COSTS: u32 = 5;
/// The same of one network on all accounts: many people may be behind one address.
const CLIENT_FIRST_THAT_COSTS: u32 = 30;
/// The longest wait of one network, in seconds.
const NETWORK_WAIT_MAX: i64 = 900;
/// The longest wait of an account, in seconds.
const ACCOUNT_WAIT_MAX: i64 = 60;
/// After how many seconds without an attempt failures are forgotten.
pub const FORGOTTEN_AFTER: i64 = 86_400;

/// The network of a client: all of an IPv4 address, 64 bits of an IPv6 address, which is what one
/// subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientNetwork(u64, bool);

impl ClientNetwork {
    /// Whether it is not known: somebody's whom a proxy does not name. Nobody is familiar there.
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
    /// As the database holds it: the first bits in hexadecimal, `4` or `6` before them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:x}", if self.1 { 6 } else { 4 }, self.0)
    }
}

/// What failures cost most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// Those of one network on one account.
    Network,
    /// Those of all networks on one account.
    Account,
    /// Those of one network on all accounts.
    Client,
}

/// Failures so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    count: u32,
    last: Option<Timestamp>,
}

impl Failures {
    /// When another attempt is allowed; `None` for now.
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

    /// The same, with no failure later than now: one that was counted while the clock was ahead costs no
    /// more than one that is counted now.
    #[must_use]
    pub fn not_after(self, now: Timestamp) -> Self {
        Self { last: self.last.map(|last| last.min(now)), ..self }
    }

    /// One more.
    #[must_use]
    pub fn and_one(self, now: Timestamp) -> Self {
        let count = if self.is_forgotten(now) { 0 } else { self.count };
        Self { count: count.saturating_add(1), last: Some(now) }
    }

    /// One less: an attempt that was counted has succeeded.
    #[must_use]
    pub const fn but_one(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// Whether they are so long ago that they count no more.
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
    fn each_failure_costs_more_up_to_a_ceiling() {
        assert_eq!(waits(Ceiling::Network)[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(waits(Ceiling::Network)[19], 900);
        assert_eq!(waits(Ceiling::Account)[19], 60);
    }

    #[test]
    fn failures_are_forgotten_after_a_day() {
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
    fn a_network_is_what_one_subscriber_has() {
        let network = |text: &str| ClientNetwork::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("::c000:201"));
    }
}
