//! Counts of the server's work: requests of each operation, refusals, and statements of the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_domain::histogram::{Distribution, Histogram};
use bailiwick_store::DatabaseMeasures;
use parking_lot::Mutex;

use crate::shape::listing::Listings;
use crate::shape::operation_id::OperationId;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out (status below 400).
    Done,
    /// It was refused because of what it asked for, or of who asked (status 4xx, except 429).
    Refused,
    /// It was refused because a rate limit was reached (status 429).
    Limited,
    /// It was refused because the server was busy or the database away (status 503).
    Unavailable,
    /// It failed because of an error of the server (any other status from 500 on).
    Failed,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 5] = [Self::Done, Self::Refused, Self::Limited, Self::Unavailable, Self::Failed];

    /// The outcome of a request that was answered with an HTTP status.
    pub const fn of(status: u16) -> Self {
        match status {
            429 => Self::Limited,
            503 => Self::Unavailable,
            500.. => Self::Failed,
            400.. => Self::Refused,
            _ => Self::Done,
        }
    }

    /// Its name in measurements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Limited => "limited",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// Counters of requests. Their number is fixed: one set for each operation, and one for each code of an error.
#[derive(Debug)]
pub struct Measures {
    operations: HashMap<OperationId, Counters>,
    refusals: Arc<Refusals>,
}

/// Counters of requests that were not carried out, by the code of the error. The codes are those of `docs/errors.md`.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<&'static str, u64>>);

impl Refusals {
    /// Counts a request that was answered with an error.
    pub fn note(&self, code: &'static str) {
        *self.0.lock().entry(code).or_default() += 1;
    }

    /// The counts now, of all codes that were answered.
    pub fn read(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().clone()
    }
}

/// The counters of one operation.
#[derive(Debug, Default)]
struct Counters {
    /// In the order of [`Outcome::ALL`].
    outcomes: [AtomicU64; Outcome::ALL.len()],
    durations: Histogram,
}

/// What was counted of one operation until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationMeasures {
    /// The operation's id.
    pub operation: OperationId,
    /// How many requests had each outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; Outcome::ALL.len()],
    /// How long its requests took, from their arrival until their answer could be sent.
    pub durations: Distribution,
}

/// What the server counted until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Requests that were not carried out, by the code of the error.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Each operation, also those that were never requested, in the order of the catalogue.
    pub operations: Vec<OperationMeasures>,
    /// The statements on the database.
    pub database: DatabaseMeasures,
}

impl Measures {
    pub(crate) fn new(listings: &Listings) -> Self {
        let operations = listings.iter().map(|listing| (listing.spec.id, Counters::default()));
        Self { operations: operations.collect(), refusals: Arc::default() }
    }

    /// The counters of refusals.
    pub const fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// Counts a request of an operation.
    pub fn note(&self, operation: OperationId, outcome: Outcome, took: Duration) {
        if let Some(counters) = self.operations.get(&operation) {
            if let Some(count) = counters.outcomes.get(outcome as usize) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            counters.durations.note(took);
        }
    }

    pub(crate) fn read(&self, listings: &Listings) -> Vec<OperationMeasures> {
        let read = |id: OperationId| {
            let counters = self.operations.get(&id)?;
            Some(OperationMeasures {
                operation: id,
                outcomes: counters.outcomes.each_ref().map(|count| count.load(Ordering::Relaxed)),
                durations: counters.durations.read(),
            })
        };
        listings.iter().filter_map(|listing| read(listing.spec.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_belongs_to_one_outcome() {
        for (status, outcome) in [
            (200, Outcome::Done),
            (304, Outcome::Done),
            (401, Outcome::Refused),
            (429, Outcome::Limited),
            (499, Outcome::Refused),
            (500, Outcome::Failed),
            (503, Outcome::Unavailable),
            (504, Outcome::Failed),
        ] {
            assert_eq!(Outcome::of(status), outcome, "{status}");
        }
        assert!(Outcome::ALL.iter().enumerate().all(|(n, outcome)| *outcome as usize == n));
    }
}
