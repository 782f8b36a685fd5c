//! Failed logins, counted in bounded memory.

use std::hash::{BuildHasher, RandomState};

use bailiwick_domain::attempt::{Ceiling, ClientNetwork, Failures};
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::Email;
use parking_lot::Mutex;

use crate::error::{Error, Result};

/// How many counters there are of each kind. A keyed hash chooses the counter, so that a flood of
/// made-up names takes no memory and displaces no other counters. Two names that share a counter wait
/// for each other's failures, which is rare and short.
const COUNTERS: usize = 16_384;

/// Counters of failed logins: by account and network, by account, and by network.
pub struct Attempts<S = RandomState> {
    hasher: S,
    counters: Mutex<Box<Counters>>,
}

struct Counters {
    by_network: Vec<Failures>,
    by_account: Vec<Failures>,
    by_client: Vec<Failures>,
}

impl<S: BuildHasher + Default> Default for Attempts<S> {
    fn default() -> Self {
        let counters = || vec![Failures::default(); COUNTERS];
        let counters = Counters { by_network: counters(), by_account: counters(), by_client: counters() };
        Self { hasher: S::default(), counters: Mutex::new(Box::new(counters)) }
    }
}

impl<S: BuildHasher> Attempts<S> {
    fn places(&self, email: &Email, network: ClientNetwork) -> (usize, usize, usize) {
        let place = |hash: u64| (hash % COUNTERS as u64) as usize;
        let hash = &self.hasher;
        (place(hash.hash_one((email, network))), place(hash.hash_one(email)), place(hash.hash_one(network)))
    }

    /// Refuses an attempt that comes too soon. Counts any other as failed until it
    /// [succeeds](Self::succeeded), so that parallel attempts gain nothing. If the account's owner has
    /// logged in from this network before (`is_familiar`), only the failures of this account on this
    /// network count.
    pub fn begin(
        &self,
        email: &Email,
        network: ClientNetwork,
        is_familiar: bool,
        now: Timestamp,
    ) -> Result<()> {
        let (by_network, by_account, by_client) = self.places(email, network);
        let mut counters = self.counters.lock();
        let Counters { by_network: networks, by_account: accounts, by_client: clients } = &mut **counters;
        let (here, anywhere) = (&mut networks[by_network], &mut accounts[by_account]);
        let client = &mut clients[by_client];
        for failures in [&mut *here, &mut *anywhere, &mut *client] {
            *failures = failures.not_after(now);
        }
        let everywhere = if is_familiar { None } else { anywhere.wait_until(now, Ceiling::Account) };
        let here_at_all = if is_familiar { None } else { client.wait_until(now, Ceiling::Client) };
        match here.wait_until(now, Ceiling::Network).max(everywhere).max(here_at_all) {
            None => {
                *here = here.and_one(now);
                *anywhere = anywhere.and_one(now);
                *client = client.and_one(now);
                Ok(())
            }
            Some(until) => {
                let micros = until.as_micros() - now.as_micros();
                let wait_seconds = u64::try_from(micros).unwrap_or_default().div_ceil(1_000_000);
                Err(Error::TooManyAttempts { wait_seconds })
            }
        }
    }

    /// Takes back an attempt that did not fail: the password was right, and the second factor is still
    /// to come.
    pub fn withdrawn(&self, email: &Email, network: ClientNetwork) {
        let (by_network, by_account, by_client) = self.places(email, network);
        let mut counters = self.counters.lock();
        counters.by_network[by_network] = counters.by_network[by_network].but_one();
        counters.by_account[by_account] = counters.by_account[by_account].but_one();
        counters.by_client[by_client] = counters.by_client[by_client].but_one();
    }

    /// Notes that an attempt succeeded. The counter of this account on this network starts again from
    /// zero. The other counters only lose this attempt, so that an attacker who guesses elsewhere gains
    /// nothing from the owner's logins.
    pub fn succeeded(&self, email: &Email, network: ClientNetwork) {
        let (by_network, by_account, by_client) = self.places(email, network);
        let mut counters = self.counters.lock();
        counters.by_network[by_network] = Failures::default();
        let account = counters.by_account[by_account];
        counters.by_account[by_account] = account.but_one();
        counters.by_client[by_client] = counters.by_client[by_client].but_one();
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, DefaultHasher};
    use std::net::IpAddr;

    use super::*;

    /// A hash without a random key, so that no test's names share a counter by chance.
    type Attempts = super::Attempts<BuildHasherDefault<DefaultHasher>>;

    #[test]
    fn failed_logins_to_other_accounts_do_not_block_a_familiar_network() {
        let attempts = Attempts::default();
        let owner: Email = "ada@example.com".parse().unwrap();
        let network = ClientNetwork::from(IpAddr::from([203, 0, 113, 1]));
        let mut now = Timestamp::from_micros(1_000_000);
        // After each failure, waits until the next attempt is let in.
        let mut waited = 0;
        for n in 0..36 {
            let made_up: Email = format!("nobody{n}@example.com").parse().unwrap();
            while attempts.begin(&made_up, network, false, now).is_err() {
                now = now.plus_seconds(1);
                waited += 1;
            }
        }
        assert!(waited >= 31, "guessing was too fast: it waited only {waited} s");
        let other: Email = "grace@example.com".parse().unwrap();
        assert!(
            attempts.begin(&other, network, false, now).is_err(),
            "an owner on an unfamiliar network must wait"
        );
        assert!(
            attempts.begin(&owner, network, true, now).is_ok(),
            "an owner on a familiar network must not wait"
        );
        // Guessing the owner's own password from there still costs.
        let refused = (0..9).filter(|_| attempts.begin(&owner, network, true, now).is_err()).count();
        assert_eq!(refused, 5);
    }

    #[test]
    fn guessing_from_many_networks_waits_but_a_familiar_network_does_not() {
        let attempts = Attempts::default();
        let owner: Email = "ada@example.com".parse().unwrap();
        let network = |n: u8| ClientNetwork::from(IpAddr::from([203, 0, 113, n]));
        let now = Timestamp::from_micros(1_000_000);
        let mut refused = 0;
        for n in 0..50 {
            refused += u32::from(attempts.begin(&owner, network(n), false, now).is_err());
        }
        assert_eq!(refused, 45, "guesses at the same moment, each from another network");
        let wait = |is_familiar| match attempts.begin(&owner, network(200), is_familiar, now) {
            Err(Error::TooManyAttempts { wait_seconds }) => wait_seconds,
            other => other.map(|()| 0).unwrap(),
        };
        assert_eq!((wait(false), wait(true)), (1, 0), "the owner on a familiar network must not wait");
        attempts.succeeded(&owner, network(200));
        for _ in 0..5 {
            assert_eq!(wait(true), 0);
        }
        assert_eq!(wait(true), 1, "failures on the familiar network must slow it down");
        attempts.succeeded(&owner, network(200));
        assert_eq!(wait(true), 0);
    }
}
