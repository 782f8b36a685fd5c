//! Pools of places: how many requests may do the same thing at once, and how many places one caller may
//! take.
//!
//! A caller (a key, a person, or a network without a credential) gets at most a share of a pool's places,
//! and so does an organization. The rest stays free for others, so that no caller can shut out all others.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bailiwick_domain::party::{Parties, Party};
use bailiwick_engine::levels::{Level, LevelOf};
use parking_lot::Mutex;

/// How long the refusal of a poll, or of a request whose body arrives slowly, is delayed at least if no place is free. A
/// client that tries again at once would take time from other callers.
pub(crate) const REFUSED_AFTER: Duration = Duration::from_millis(250);
/// By how much the delays of refusals differ, so that many clients do not all try again at the same moment.
const DELAY_STEP: Duration = Duration::from_millis(50);
/// How many different delays there are.
const DELAY_STEPS: u32 = 16;

/// How many of a pool's places one party may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// The share of one key, one person, or one network.
    pub(crate) caller: usize,
    /// The share of one organization.
    pub(crate) organization: usize,
}

impl Shares {
    /// A quarter for a caller and half for an organization, but at least one place.
    pub(crate) fn fair(total: usize) -> Self {
        Self { caller: (total / 4).max(1), organization: (total / 2).max(1) }
    }
}

/// A pool of places.
#[derive(Debug)]
pub(crate) struct Places {
    total: usize,
    shares: Shares,
    taken: Mutex<Taken>,
    /// How many refusals were delayed; it wraps around.
    delayed: AtomicU32,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_party: HashMap<Party, usize>,
}

impl Places {
    /// A pool with all its places free.
    pub(crate) fn new(total: usize, shares: Shares) -> Arc<Self> {
        Arc::new(Self { total, shares, taken: Mutex::default(), delayed: AtomicU32::new(0) })
    }

    /// A pool with the shares of [`Shares::fair`].
    pub(crate) fn fair(total: usize) -> Arc<Self> {
        Self::new(total, Shares::fair(total))
    }

    /// Takes `count` places; `None` if too few are free, or the parties would exceed their share.
    pub(crate) fn take(self: &Arc<Self>, parties: Parties, count: usize) -> Option<Place> {
        let mut place = Place { places: Arc::clone(self), parties, count: 0 };
        place.grow(count).then_some(place)
    }

    /// Waits before a refusal for want of a place: between a quarter of a second and a second.
    pub(crate) async fn delay_refusal(&self) {
        let step = self.delayed.fetch_add(1, Ordering::Relaxed) % DELAY_STEPS;
        tokio::time::sleep(REFUSED_AFTER + DELAY_STEP * step).await;
    }

    /// Whether no place is free.
    pub(crate) fn is_full(&self) -> bool {
        self.taken.lock().all >= self.total
    }

    /// How many of its places are taken.
    pub(crate) fn level(&self, name: &'static str) -> Level {
        Level::new(LevelOf::Places, name, self.taken.lock().all, self.total)
    }

    /// How much of its memory is taken, if a place is a KiB.
    pub(crate) fn level_of_kib(&self, name: &'static str) -> Level {
        let taken = self.taken.lock().all;
        Level::new(LevelOf::Memory, name, taken.saturating_mul(1_024), self.total.saturating_mul(1_024))
    }

    const fn share(&self, party: Party) -> usize {
        match party {
            Party::Organization(_) => self.shares.organization,
            // Their places are for nobody else.
            Party::Strangers => self.total,
            Party::Key(_) | Party::Person(_) | Party::Network(_) => self.shares.caller,
        }
    }

    fn add(&self, parties: &Parties, count: usize) -> bool {
        let mut taken = self.taken.lock();
        let fits = |has: usize, most: usize| has.checked_add(count).is_some_and(|sum| sum <= most);
        let has_room = fits(taken.all, self.total)
            && parties.iter().all(|party| {
                let has = taken.by_party.get(&party).copied().unwrap_or_default();
                fits(has, self.share(party))
            });
        if has_room {
            taken.all += count;
            for party in parties.iter() {
                *taken.by_party.entry(party).or_default() += count;
            }
        }
        has_room
    }

    fn give_back(&self, parties: &Parties, count: usize) {
        let mut taken = self.taken.lock();
        taken.all = taken.all.saturating_sub(count);
        for party in parties.iter() {
            // Parties without places are removed, so that the map does not grow.
            if let Some(has) = taken.by_party.get_mut(&party) {
                *has = has.saturating_sub(count);
                if *has == 0 {
                    taken.by_party.remove(&party);
                }
            }
        }
    }
}

/// Places that a request holds until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    parties: Parties,
    count: usize,
}

impl Place {
    /// Takes `more` places, or none if too few are free or the share is used up.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let fits = self.places.add(&self.parties, more);
        if fits {
            self.count += more;
        }
        fits
    }

    /// Takes places until there are `count`, or none if too few are free or the share is used up.
    pub(crate) fn grow_to(&mut self, count: usize) -> bool {
        self.grow(count.saturating_sub(self.count))
    }

    /// How many places its parties can have at most.
    pub(crate) fn most(&self) -> usize {
        let shares = self.parties.iter().map(|party| self.places.share(party));
        shares.fold(self.places.total, usize::min)
    }

    /// Returns all places but `count`.
    pub(crate) fn shrink_to(&mut self, count: usize) {
        let back = self.count.saturating_sub(count);
        self.places.give_back(&self.parties, back);
        self.count -= back;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(&self.parties, self.count);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use bailiwick_domain::attempt::ClientNetwork;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn organization(n: u8) -> Party {
        Party::Organization(Uuid::from_bytes([n; 16]).to_string().parse().unwrap())
    }

    fn network(n: u8) -> Party {
        Party::Network(ClientNetwork::from(IpAddr::from([192, 0, 2, n])))
    }

    fn parties(caller: u8, of: u8) -> Parties {
        Parties { caller: network(caller), organization: Some(organization(of)) }
    }

    fn alone(caller: u8) -> Parties {
        Parties { caller: network(caller), organization: None }
    }

    #[test]
    fn one_caller_gets_a_quarter_and_one_organization_half() {
        let places = Places::fair(16);
        let take = |caller, of| places.take(parties(caller, of), 1);
        let first: Vec<_> = (0..9).filter_map(|_| take(1, 1)).collect();
        assert_eq!(first.len(), 4, "one caller has a quarter of the places");
        let second: Vec<_> = (0..9).filter_map(|_| take(2, 1)).collect();
        assert_eq!(second.len(), 4, "another caller has a quarter too");
        assert!(take(3, 1).is_none(), "one organization has half of the places");
        let other = take(3, 2);
        assert!(other.is_some() && !places.is_full(), "another organization must get a place");
        drop(first);
        assert!(take(1, 1).is_some(), "a returned place must be available again");
    }

    #[test]
    fn a_pool_of_one_has_one_place_and_a_pool_of_zero_none() {
        let places = Places::fair(1);
        let place = places.take(alone(1), 1);
        assert!(place.is_some() && places.is_full());
        assert!(places.take(alone(2), 1).is_none());
        drop(place);
        assert!(!places.is_full());
        assert!(Places::fair(0).is_full());
    }

    #[test]
    fn a_place_grows_within_its_share_and_shrinks() {
        let places = Places::fair(16);
        let mut place = places.take(alone(1), 1).unwrap();
        assert!(place.grow_to(4) && place.grow_to(2) && !place.grow(1));
        place.shrink_to(2);
        assert!(place.grow(2) && !place.grow(1));
        assert!(places.take(alone(2), 4).is_some());
        drop(place);
        assert_eq!(places.taken.lock().all, 0);
        assert!(places.taken.lock().by_party.is_empty(), "a caller without places is still remembered");
    }

    /// A caller, an organization, and the places that they hold.
    type Held = (u8, u8, usize, Place);

    proptest! {
        #[test]
        fn no_caller_or_organization_ever_exceeds_its_share(steps in prop::collection::vec((0_u8..6, 0_u8..3, 0_usize..6), 0..80)) {
            let places = Places::fair(20);
            let mut held: Vec<Held> = Vec::new();
            for (caller, of, count) in steps {
                if count == 0 && !held.is_empty() {
                    held.remove(usize::from(caller) % held.len());
                } else if let Some(place) = places.take(parties(caller, of), count) {
                    held.push((caller, of, count, place));
                }
                let sum = |is: &dyn Fn(&Held) -> bool| {
                    held.iter().filter(|one| is(one)).map(|one| one.2).sum::<usize>()
                };
                prop_assert!(sum(&|_| true) <= 20);
                prop_assert_eq!(places.taken.lock().all, sum(&|_| true));
                for n in 0..6 {
                    prop_assert!(sum(&|one| one.0 == n) <= 5);
                    prop_assert!(sum(&|one| one.1 == n) <= 10);
                }
                // A caller without places, in an organization without places, must find one: an
                // organization has at most half, so two are needed to fill the pool.
                let (a, b) = (sum(&|one| one.1 == 0), sum(&|one| one.1 == 1));
                if a + b < 20 && sum(&|one| one.1 == 2) == 0 {
                    prop_assert!(places.take(parties(9, 2), 1).is_some());
                }
            }
            held.clear();
            prop_assert!(places.taken.lock().by_party.is_empty());
        }
    }
}
