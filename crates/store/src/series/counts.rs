//! Counts of the observations that arrived since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::observations::batch::BatchAnswer;

/// How many observations arrived, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObservationCounts {
    /// Those that were stored.
    pub stored: u64,
    /// Those that were stored already, or arrived in a batch that was stored already.
    pub known: u64,
    /// Those that were refused.
    pub refused: u64,
    /// The batches that wait to be stored now.
    pub batches_waiting: u64,
}

/// The counters of a storage of observations.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    stored: AtomicU64,
    known: AtomicU64,
    refused: AtomicU64,
}

impl Arrived {
    /// Counts the answer to a batch.
    pub(crate) fn note(&self, answer: &BatchAnswer) {
        // Of a batch that is stored already, the answer says what became of it the first time.
        let (stored, known) = if answer.is_repeated {
            (0, answer.known.saturating_add(answer.stored))
        } else {
            (answer.stored, answer.known)
        };
        self.stored.fetch_add(stored, Ordering::Relaxed);
        self.known.fetch_add(known, Ordering::Relaxed);
        self.refused.fetch_add(answer.refused, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, batches_waiting: usize) -> ObservationCounts {
        ObservationCounts {
            stored: self.stored.load(Ordering::Relaxed),
            known: self.known.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            batches_waiting: batches_waiting as u64,
        }
    }
}
