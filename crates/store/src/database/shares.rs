//! Shares of the database's connections: limits how many of them the requests of one caller may use at once.
//!
//! Without shares, one caller with slow queries could use every connection, and all others would wait. All
//! requests together leave two connections to the server itself. One caller may use at most half of the
//! rest, and one organization at most three quarters. If its share is used up, a request waits for its turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bailiwick_domain::party::{Parties, Party};
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// How many connections are reserved for the server itself.
const KEPT: usize = 2;

/// The connections that requests may use, and the shares of the callers that use them now.
#[derive(Debug)]
pub(crate) struct Shares {
    all: Arc<Semaphore>,
    most: Most,
    by_party: Mutex<HashMap<Party, Weak<Semaphore>>>,
}

/// The most connections at once: for all requests, for one caller, and for one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Most {
    all: usize,
    caller: usize,
    organization: usize,
}

impl Most {
    /// The limits for a pool of `connections`, of which requests may use `at_once`.
    fn of(connections: usize, at_once: usize) -> Self {
        let all = connections.saturating_sub(KEPT).min(at_once).max(1);
        Self { all, caller: (all / 2).max(1), organization: (all * 3 / 4).max(1) }
    }

    /// The limits for revocations, beside those of requests. They are few, but each may wait for long
    /// transactions of those whose rights it takes away.
    fn of_revocations(connections: usize) -> Self {
        let all = (Self::of(connections, usize::MAX).all / 2).max(1);
        let each = (all / 2).max(1);
        Self { all, caller: each, organization: each }
    }
}

impl Shares {
    /// The shares of a pool of `connections`, of which requests may use at most `at_once`.
    pub(crate) fn of_at_most(connections: u32, at_once: usize) -> Arc<Self> {
        Self::within(Most::of(connections.try_into().unwrap_or(usize::MAX), at_once))
    }

    /// The shares of revocations in a pool of `connections`.
    pub(crate) fn of_revocations(connections: u32) -> Arc<Self> {
        Self::within(Most::of_revocations(connections.try_into().unwrap_or(usize::MAX)))
    }

    fn within(most: Most) -> Arc<Self> {
        Arc::new(Self { all: Arc::new(Semaphore::new(most.all)), most, by_party: Mutex::default() })
    }

    fn of_party(&self, party: Party, most: usize) -> Arc<Semaphore> {
        let mut by_party = self.by_party.lock();
        if let Some(there) = by_party.get(&party).and_then(Weak::upgrade) {
            return there;
        }
        let share = Arc::new(Semaphore::new(most));
        by_party.insert(party, Arc::downgrade(&share));
        share
    }
}

/// The turn of one request. The request's first statement waits for it. It ends when it is dropped or
/// [ended](Turn::end); after that, the next statement waits for a new turn.
#[derive(Debug)]
pub(crate) struct Turn {
    shares: Arc<Shares>,
    parties: Parties,
    taken: AsyncMutex<Option<Taken>>,
    /// How many bytes of rows the request has read in pages.
    bytes: AtomicUsize,
}

/// Permits of the caller, its organization and all requests, in the order in which they are acquired.
type Taken = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

impl Turn {
    pub(crate) fn new(shares: &Arc<Shares>, parties: Parties) -> Arc<Self> {
        Arc::new(Self {
            shares: Arc::clone(shares),
            parties,
            taken: AsyncMutex::default(),
            bytes: AtomicUsize::new(0),
        })
    }

    /// The caller and its organization.
    pub(crate) const fn parties(&self) -> Parties {
        self.parties
    }

    /// A turn of the same caller among revocations.
    pub(crate) fn to_revoke(&self, revocations: &Arc<Shares>) -> Arc<Self> {
        Self::new(revocations, self.parties)
    }

    /// Waits until the request may use a connection. [`Error::Busy`] if that takes longer than `patience`.
    pub(crate) async fn wait(&self, patience: Duration) -> Result<()> {
        let wait = async {
            let mut taken = self.taken.lock().await;
            if taken.is_none() {
                *taken = Some(self.take().await?);
            }
            Ok(())
        };
        tokio::time::timeout(patience, wait).await.unwrap_or(Err(Error::Busy))
    }

    /// Adds to the number of bytes that the request has read in pages.
    pub(crate) fn note_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many bytes of rows the request has read in pages.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends the turn, unless a statement of the request is waiting for it right now.
    pub(crate) fn end(&self) {
        if let Ok(mut taken) = self.taken.try_lock() {
            taken.take();
        }
    }

    async fn take(&self) -> Result<Taken> {
        let permit =
            async |semaphore: Arc<Semaphore>| semaphore.acquire_owned().await.map_err(|_| Error::Busy);
        let Shares { most, all, .. } = &*self.shares;
        let caller = permit(self.shares.of_party(self.parties.caller, most.caller)).await?;
        let organization = match self.parties.organization {
            Some(party) => Some(permit(self.shares.of_party(party, most.organization)).await?),
            None => None,
        };
        Ok((caller, organization, permit(Arc::clone(all)).await?))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.taken.get_mut().take();
        let mut by_party = self.shares.by_party.lock();
        for party in self.parties.iter() {
            // Parties that neither use nor wait for a connection are removed.
            if by_party.get(&party).is_some_and(|share| share.strong_count() == 0) {
                by_party.remove(&party);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn network(n: u8) -> Party {
        Party::Network(std::net::IpAddr::from([192, 0, 2, n]).into())
    }

    fn parties(caller: u8, organization: Option<u8>) -> Parties {
        Parties { caller: network(caller), organization: organization.map(network) }
    }

    const FOREVER: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_caller_has_half_and_an_organization_three_quarters() {
        let of = |connections, at_once| {
            let Most { all, caller, organization } = Most::of(connections, at_once);
            [all, caller, organization]
        };
        let most = |connections| of(connections, usize::MAX);
        assert_eq!(of(10, 4), [4, 2, 3]);
        assert_eq!(
            [1, 2, 3, 6, 10, 16].map(most),
            [[1, 1, 1], [1, 1, 1], [1, 1, 1], [4, 2, 3], [8, 4, 6], [14, 7, 10]]
        );
    }

    #[test]
    fn revocations_have_half_and_an_organization_a_quarter() {
        let of = |connections| {
            let Most { all, caller, organization } = Most::of_revocations(connections);
            [all, caller, organization]
        };
        assert_eq!([1, 4, 6, 12].map(of), [[1, 1, 1], [1, 1, 1], [2, 1, 1], [5, 2, 2]]);
    }

    #[tokio::test]
    async fn one_caller_leaves_connections_to_others() {
        let shares = Shares::of_at_most(10, 100);
        let turns = |caller, organization, count: usize| -> Vec<_> {
            (0..count).map(|_| Turn::new(&shares, parties(caller, Some(organization)))).collect()
        };
        let taken = |turns: &[Arc<Turn>]| {
            turns.iter().filter(|turn| turn.wait(FOREVER).now_or_never().is_some()).count()
        };
        let first = turns(1, 100, 9);
        assert_eq!(taken(&first), 4, "one caller has half of the connections");
        let second = turns(2, 100, 9);
        assert_eq!(taken(&second), 2, "one organization has three quarters of the connections");
        let others = turns(3, 200, 9);
        assert_eq!(taken(&others), 2, "another organization gets the rest");
        assert_eq!(taken(&first), 4, "a turn that was taken was lost");
        others.iter().for_each(|turn| turn.end());
        assert_eq!(taken(&turns(4, 250, 9)), 2);
        drop((first, second, others));
        assert!(shares.by_party.lock().is_empty(), "a caller without connections is still remembered");
        assert_eq!(shares.all.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_request_gets_the_next_turn_or_times_out() {
        let shares = Shares::of_at_most(3, 100);
        let first = Turn::new(&shares, parties(1, None));
        first.wait(FOREVER).await.unwrap();
        let second = Turn::new(&shares, parties(1, None));
        assert!(matches!(second.wait(Duration::from_secs(10)).await, Err(Error::Busy)));
        let mut waiting = tokio::spawn(async move { second.wait(FOREVER).await });
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        waiting.await.unwrap().unwrap();
    }
}
