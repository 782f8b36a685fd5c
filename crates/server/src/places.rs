//! Places: how many requests may do the same thing at once, and how much of that one caller may take.
//!
//! A pool has a number of places. One key, one person or one network without a credential gets at most a
//! part of them, and so does one organization. What is left over is for others, so that nobody can keep
//! everybody else out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::key::{Actor, KeyId};
use bailiwick_operations::cx::Cx;
use parking_lot::Mutex;

/// Somebody who takes places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// A key.
    Key(KeyId),
    /// A person who is logged in.
    Person(UserId),
    /// An organization: all its keys and people together.
    Organization(OrganizationId),
    /// A network from which somebody asks who has no credential.
    Network(ClientNetwork),
}

/// Those who answer for one request: the caller, and the organization that it is about.
pub(crate) type Holders = [Option<Holder>; 2];

/// Those who answer for a request that was admitted.
pub(crate) fn holders(cx: &Cx, client: IpAddr) -> Holders {
    let caller = match cx.actor() {
        Actor::Key { id } => Holder::Key(id),
        Actor::User { id } => Holder::Person(id),
        _ => Holder::Network(client.into()),
    };
    [Some(caller), cx.organization_id().map(Holder::Organization)]
}

/// How much of a pool's places one holder may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// One key, one person, or one network.
    pub(crate) caller: usize,
    /// One organization.
    pub(crate) organization: usize,
}

impl Shares {
    /// A quarter for a caller and half for an organization, but always at least one.
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
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_holder: HashMap<Holder, usize>,
}

impl Places {
    /// A pool of which nobody has anything yet.
    pub(crate) fn new(total: usize, shares: Shares) -> Arc<Self> {
        Arc::new(Self { total, shares, taken: Mutex::default() })
    }

    /// A pool that is shared fairly.
    pub(crate) fn fair(total: usize) -> Arc<Self> {
        Self::new(total, Shares::fair(total))
    }

    /// Takes `count` places; `None` if there are not so many, or the holders have their share.
    pub(crate) fn take(self: &Arc<Self>, holders: Holders, count: usize) -> Option<Place> {
        let mut place = Place { places: Arc::clone(self), holders, count: 0 };
        place.grow(count).then_some(place)
    }

    /// Whether no place is free for anybody.
    pub(crate) fn is_full(&self) -> bool {
        self.taken.lock().all >= self.total
    }

    const fn share(&self, holder: Holder) -> usize {
        match holder {
            Holder::Organization(_) => self.shares.organization,
            Holder::Key(_) | Holder::Person(_) | Holder::Network(_) => self.shares.caller,
        }
    }

    fn add(&self, holders: &Holders, count: usize) -> bool {
        let mut taken = self.taken.lock();
        let fits = |has: usize, most: usize| has.checked_add(count).is_some_and(|sum| sum <= most);
        let has_room = fits(taken.all, self.total)
            && holders.iter().flatten().all(|holder| {
                let has = taken.by_holder.get(holder).copied().unwrap_or_default();
                fits(has, self.share(*holder))
            });
        if has_room {
            taken.all += count;
            for holder in holders.iter().flatten() {
                *taken.by_holder.entry(*holder).or_default() += count;
            }
        }
        has_room
    }

    fn give_back(&self, holders: &Holders, count: usize) {
        let mut taken = self.taken.lock();
        taken.all = taken.all.saturating_sub(count);
        for holder in holders.iter().flatten() {
            // Who has nothing any more is forgotten: the memory is that of those who are here.
            if let Some(has) = taken.by_holder.get_mut(holder) {
                *has = has.saturating_sub(count);
                if *has == 0 {
                    taken.by_holder.remove(holder);
                }
            }
        }
    }
}

/// Places that somebody has, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    holders: Holders,
    count: usize,
}

impl Place {
    /// Takes `more` places; takes none if there are not so many.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let fits = self.places.add(&self.holders, more);
        if fits {
            self.count += more;
        }
        fits
    }

    /// Takes what is missing to `count`; takes none if there are not so many.
    pub(crate) fn grow_to(&mut self, count: usize) -> bool {
        self.grow(count.saturating_sub(self.count))
    }

    /// Gives back all but `count`.
    pub(crate) fn shrink_to(&mut self, count: usize) {
        let back = self.count.saturating_sub(count);
        self.places.give_back(&self.holders, back);
        self.count -= back;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(&self.holders, self.count);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn organization(n: u8) -> Holder {
        Holder::Organization(Uuid::from_bytes([n; 16]).to_string().parse().unwrap())
    }

    fn network(n: u8) -> Holder {
        Holder::Network(ClientNetwork::from(IpAddr::from([192, 0, 2, n])))
    }

    #[test]
    fn one_caller_gets_a_quarter_and_one_organization_half() {
        let places = Places::fair(16);
        let take = |caller, of| places.take([Some(caller), Some(of)], 1);
        let first: Vec<_> = (0..9).filter_map(|_| take(network(1), organization(1))).collect();
        assert_eq!(first.len(), 4, "a quarter for one");
        let second: Vec<_> = (0..9).filter_map(|_| take(network(2), organization(1))).collect();
        assert_eq!(second.len(), 4, "and as much for another");
        assert!(take(network(3), organization(1)).is_none(), "but half for all of one organization");
        let other = take(network(3), organization(2));
        assert!(other.is_some() && !places.is_full(), "another organization has room");
        drop(first);
        assert!(take(network(1), organization(1)).is_some(), "what was given back can be taken");
    }

    #[test]
    fn a_small_pool_has_a_place_for_each_and_an_empty_one_none() {
        let places = Places::fair(1);
        let place = places.take([Some(network(1)), None], 1);
        assert!(place.is_some() && places.is_full());
        assert!(places.take([Some(network(2)), None], 1).is_none());
        drop(place);
        assert!(!places.is_full());
        assert!(Places::fair(0).is_full());
    }

    #[test]
    fn a_place_grows_within_its_share_and_shrinks() {
        let places = Places::fair(16);
        let mut place = places.take([Some(network(1)), None], 1).unwrap();
        assert!(place.grow_to(4) && place.grow_to(2) && !place.grow(1));
        place.shrink_to(2);
        assert!(place.grow(2) && !place.grow(1));
        assert!(places.take([Some(network(2)), None], 4).is_some());
        drop(place);
        assert_eq!(places.taken.lock().all, 0);
        assert!(places.taken.lock().by_holder.is_empty(), "nobody is remembered who has nothing");
    }

    /// A caller, an organization, and the places that they have.
    type Held = (u8, u8, usize, Place);

    proptest! {
        #[test]
        fn shares_hold_whatever_happens(steps in prop::collection::vec((0_u8..6, 0_u8..3, 0_usize..6), 0..80)) {
            let places = Places::fair(20);
            let mut held: Vec<Held> = Vec::new();
            for (caller, of, count) in steps {
                if count == 0 && !held.is_empty() {
                    held.remove(usize::from(caller) % held.len());
                } else if let Some(place) = places.take([Some(network(caller)), Some(organization(of))], count) {
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
                // Whoever has nothing, of an organization that has nothing, finds a place: one
                // organization has half at most, so that two are needed to fill it.
                let (a, b) = (sum(&|one| one.1 == 0), sum(&|one| one.1 == 1));
                if a + b < 20 && sum(&|one| one.1 == 2) == 0 {
                    prop_assert!(places.take([Some(network(9)), Some(organization(2))], 1).is_some());
                }
            }
            held.clear();
            prop_assert!(places.taken.lock().by_holder.is_empty());
        }
    }
}
