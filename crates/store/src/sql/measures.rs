//! Counts of a store's statements: how many ran, how long they took, how many were slow or failed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_domain::histogram::{Distribution, Histogram};

use crate::sql::name::StatementName;
use crate::work_done::{WorkCounters, WorkDone};

/// The counters of a store. Their number is fixed: one set for each statement's name.
#[derive(Debug)]
pub(crate) struct Measures {
    /// In the order of [`StatementName::ALL`].
    statements: Box<[Counters]>,
    waits: Histogram,
    pub(crate) work: WorkCounters,
}

/// The counters of one statement.
#[derive(Debug, Default)]
struct Counters {
    slow: AtomicU64,
    failed: AtomicU64,
    durations: Histogram,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            statements: StatementName::ALL.iter().map(|_| Counters::default()).collect(),
            waits: Histogram::default(),
            work: WorkCounters::default(),
        }
    }
}

impl Measures {
    /// Counts a statement that took so long.
    pub(crate) fn note(&self, name: StatementName, took: Duration, is_slow: bool, has_failed: bool) {
        if let Some(counters) = self.statements.get(name as usize) {
            counters.durations.note(took);
            counters.slow.fetch_add(u64::from(is_slow), Ordering::Relaxed);
            counters.failed.fetch_add(u64::from(has_failed), Ordering::Relaxed);
        }
    }

    /// Counts how long a statement waited for a connection.
    pub(crate) fn note_wait(&self, waited: Duration) {
        self.waits.note(waited);
    }

    pub(crate) fn read(&self) -> DatabaseMeasures {
        let statements =
            StatementName::ALL.iter().zip(&self.statements).map(|(name, counters)| StatementMeasures {
                name: name.as_str(),
                slow: counters.slow.load(Ordering::Relaxed),
                failed: counters.failed.load(Ordering::Relaxed),
                durations: counters.durations.read(),
            });
        DatabaseMeasures {
            statements: statements.collect(),
            waits: self.waits.read(),
            work: self.work.read(),
        }
    }
}

/// What was counted of a store's statements until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseMeasures {
    /// Each statement, also those that never ran, sorted by name.
    pub statements: Vec<StatementMeasures>,
    /// How long reads outside of transactions waited for a connection.
    pub waits: Distribution,
    /// The commands that were given, and the results that ended.
    pub work: WorkDone,
}

/// What was counted of one statement until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementMeasures {
    /// The statement's name.
    pub name: &'static str,
    /// How many times it was slow.
    pub slow: u64,
    /// How many times it failed, or was abandoned because its request ended.
    pub failed: u64,
    /// How long it took, without the time that it waited for a connection.
    pub durations: Distribution,
}
