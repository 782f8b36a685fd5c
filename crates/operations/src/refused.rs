//! Who is refused already, while it is being written that they have no rights any more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_store::change::Change;
use parking_lot::RwLock;

/// How often something is being refused, and whether it stays so although it could not be written.
#[derive(Default)]
struct State {
    writes: usize,
    is_kept: bool,
}

/// Keys, users, sessions and organizations that are refused before it is written.
#[derive(Default)]
pub(crate) struct Refused {
    /// How many there are. Nearly always none, and then nobody is looked up.
    count: AtomicUsize,
    states: RwLock<BTreeMap<Change, State>>,
}

impl Refused {
    pub(crate) fn contains(&self, what: impl FnOnce() -> Change) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.states.read().contains_key(&what())
    }

    fn change(&self, what: &Change, change: impl FnOnce(&mut State)) {
        let mut states = self.states.write();
        let state = states.entry(what.clone()).or_default();
        change(state);
        if state.writes == 0 && !state.is_kept {
            states.remove(what);
        }
        self.count.store(states.len(), Ordering::Release);
    }

    /// The database has a newer state of something, and that holds.
    pub(crate) fn forget(&self, what: &Change) {
        if self.contains(|| what.clone()) {
            self.change(what, |state| state.is_kept = false);
        }
    }
}

/// While this lives, something is refused.
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

    /// It stays refused after this.
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
