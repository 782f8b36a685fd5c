//! The batches that wait to be stored.

use std::collections::VecDeque;

use bailiwick_domain::observations::batch::{Batch, BatchAnswer};
use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::error::Error;
use crate::series::counts::{Arrived, ObservationCounts};

/// The most bytes of batches that one transaction stores; one batch may be larger.
const GROUP_BYTES: usize = 4 << 20;
/// The bytes of a value in memory: its time and itself.
const VALUE_BYTES: usize = 16;

/// A batch that waits to be stored.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) batch: Batch,
    pub(crate) received_at: Timestamp,
    pub(crate) answer: oneshot::Sender<Result<BatchAnswer, Error>>,
}

/// Receives the answer of a batch.
pub(crate) type Answered = oneshot::Receiver<Result<BatchAnswer, Error>>;

/// The batches that wait to be stored.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    waiting: Mutex<VecDeque<Waiting>>,
    /// Held by the request that stores batches.
    pub(crate) storing: AsyncMutex<()>,
    /// Counts what arrived.
    pub(crate) arrived: Arrived,
}

/// Batches that were taken to be stored. Those that were not answered wait again when this is dropped: their
/// transaction was rolled back, or it was committed, and storing them again has no effect.
pub(crate) struct Taken<'a> {
    appends: &'a Appends,
    pub(crate) batches: VecDeque<Waiting>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.appends.waiting.lock();
        while let Some(batch) = self.batches.pop_back() {
            if !batch.answer.is_closed() {
                waiting.push_front(batch);
            }
        }
    }
}

impl Appends {
    /// Adds a batch, and returns the receiver of its answer.
    pub(crate) fn add(&self, batch: Batch, received_at: Timestamp) -> Answered {
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().push_back(Waiting { batch, received_at, answer });
        answered
    }

    /// What arrived until now, and what waits.
    pub(crate) fn counts(&self) -> ObservationCounts {
        self.arrived.read(self.waiting.lock().len())
    }

    /// Takes batches, as many as one transaction stores.
    pub(crate) fn take(&self) -> Taken<'_> {
        let mut waiting = self.waiting.lock();
        let (mut batches, mut bytes) = (VecDeque::new(), 0_usize);
        while let Some(next) = waiting.front() {
            bytes = bytes.saturating_add(next.batch.len().saturating_mul(VALUE_BYTES));
            if bytes > GROUP_BYTES && !batches.is_empty() {
                break;
            }
            batches.extend(waiting.pop_front().filter(|batch| !batch.answer.is_closed()));
        }
        Taken { appends: self, batches }
    }
}
