//! Long transactions, which lock the rights that they use only at their end.
//!
//! A transaction that relies on rights (of a key, a user, a role, an organization) shares their locks, and a
//! change of these rights waits until it has ended. An import may take a minute, which is too long to wait for a
//! revocation. It therefore takes the locks when it has written everything, after which the rights are checked
//! again. Until then it looks now and then whether somebody changes these rights: they might wait for a row that
//! it has written, or for SQLite's only writer. Then it gives up.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::locks::lock::Lock;

/// Answers without I/O whether the caller still has its rights.
pub type StillHolds = Arc<dyn Fn() -> bool + Send + Sync>;

/// The locks that a transaction takes at its end.
pub(crate) struct Late {
    pub(super) locks: BTreeSet<Lock>,
    pub(super) still_holds: StillHolds,
    /// When it last looked whether its rights are being changed, by the stopwatch of the statements.
    pub(super) looked: Duration,
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Late").field("locks", &self.locks).finish_non_exhaustive()
    }
}

impl Late {
    pub(crate) fn new(locks: BTreeSet<Lock>, still_holds: StillHolds, now: Duration) -> Self {
        Self { locks, still_holds, looked: now }
    }
}

/// The exclusive locks of transactions that wait for SQLite's only writer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<Mutex<Vec<BTreeSet<Lock>>>>);

/// A transaction among those that wait, until this is dropped.
pub(crate) struct Waits<'a> {
    waiting: &'a Waiting,
    locks: BTreeSet<Lock>,
}

impl Waiting {
    /// Adds a transaction that wants these locks.
    pub(crate) fn add(&self, locks: BTreeSet<Lock>) -> Waits<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(locks.clone());
        Waits { waiting: self, locks }
    }

    /// Whether a transaction waits for one of these locks.
    pub(super) fn wants_any(&self, locks: &BTreeSet<Lock>) -> bool {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().any(|wanted| !wanted.is_disjoint(locks))
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = waiting.iter().position(|locks| *locks == self.locks) {
            waiting.swap_remove(at);
        }
    }
}
