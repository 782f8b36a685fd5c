//! Keys, users, sessions and organizations that are refused while their removal is being written.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_store::change::Change;
use parking_lot::RwLock;

/// How many writes are refusing the object now, and whether it stays refused because a write failed.
#[derive(Default)]
struct OpenWrites {
    writes: usize,
    is_kept: bool,
}

/// Keys, users, sessions and organizations that are refused before their removal is written to the
/// database.
#[derive(Default)]
pub(crate) struct Refused {
    /// The number of entries. Nearly always zero, so that requests need no lookup.
    count: AtomicUsize,
    states: RwLock<BTreeMap<Change, OpenWrites>>,
}

impl Refused {
    pub(crate) fn contains(&self, what: impl FnOnce() -> Change) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.states.read().contains_key(&what())
    }

    fn change(&self, what: &Change, change: impl FnOnce(&mut OpenWrites)) {
        let mut states = self.states.write();
        let state = states.entry(what.clone()).or_default();
        change(state);
        if state.writes == 0 && !state.is_kept {
            states.remove(what);
        }
        self.count.store(states.len(), Ordering::Release);
    }

    /// Stops refusing an object that was kept refused, because the database has a newer state of it.
    pub(crate) fn forget(&self, what: &Change) {
        if self.contains(|| what.clone()) {
            self.change(what, |state| state.is_kept = false);
        }
    }
}

/// A guard: objects are refused while it lives.
pub(crate) struct Refusal<'a> {
    refused: &'a Refused,
    what: Vec<Change>,
}

impl<'a> Refusal<'a> {
    pub(crate) fn begin(refused: &'a Refused, what: Vec<Change>) -> Self {
        for what in &what {
            refused.change(what, |state| state.writes += 1);
        }
        Self { refused, what }
    }

    /// Keeps the objects refused after this guard is dropped.
    pub(crate) fn keep(&self) {
        for what in &self.what {
            self.refused.change(what, |state| state.is_kept = true);
        }
    }
}

impl Drop for Refusal<'_> {
    fn drop(&mut self) {
        for what in &self.what {
            self.refused.change(what, |state| state.writes = state.writes.saturating_sub(1));
        }
    }
}
