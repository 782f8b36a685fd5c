//! Counts of the commands that were given, and of the results that ended, since the start.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::command::ResultState;

/// How many commands were given, and how many results ended in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkDone {
    /// The commands that were given.
    pub commands: u64,
    /// The results that ended, by state. A lost result counts again if its node reports its end after all.
    pub results: BTreeMap<ResultState, u64>,
}

impl WorkDone {
    /// Adds results that ended.
    pub(crate) fn ended(&mut self, state: ResultState, results: u64) {
        *self.results.entry(state).or_default() += results;
    }
}

/// The counters of a store. A transaction is added to them when it is committed.
#[derive(Debug, Default)]
pub(crate) struct WorkCounters {
    commands: AtomicU64,
    /// In the order of [`ResultState::ALL`].
    results: [AtomicU64; ResultState::ALL.len()],
}

impl WorkCounters {
    pub(crate) fn add(&self, done: &WorkDone) {
        self.commands.fetch_add(done.commands, Ordering::Relaxed);
        for (state, count) in ResultState::ALL.into_iter().zip(&self.results) {
            count.fetch_add(done.results.get(&state).copied().unwrap_or_default(), Ordering::Relaxed);
        }
    }

    /// All counts, also of final states in which no result ended yet.
    pub(crate) fn read(&self) -> WorkDone {
        let states = ResultState::ALL.into_iter().zip(&self.results);
        let results = states.filter(|(state, _)| state.is_final());
        WorkDone {
            commands: self.commands.load(Ordering::Relaxed),
            results: results.map(|(state, count)| (state, count.load(Ordering::Relaxed))).collect(),
        }
    }
}
