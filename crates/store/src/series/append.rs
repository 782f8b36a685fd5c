//! Appends batches of observations to the log.
//!
//! Batches that arrive while a transaction is being committed are stored together by the next one, up to 4 MiB. One
//! of those who wait for them stores all. Nobody waits for a timer: a batch that arrives alone is stored at once.

use std::collections::VecDeque;
use std::sync::Arc;

use bailiwick_domain::observations::batch::{Batch, BatchAnswer};
use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::limits::BATCH_VALUES_MAX;
use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::error::Error;
use crate::series::observations::Observations;

/// The most bytes of batches that one transaction stores; one batch may be larger.
const GROUP_BYTES: usize = 4 << 20;
/// The bytes of a value in memory: its time and itself.
const VALUE_BYTES: usize = 16;
/// How often a transaction is begun if its series are deleted meanwhile.
const TRIES: usize = 3;

/// Why a batch was not stored.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// It has too many values.
    #[error("expected at most {BATCH_VALUES_MAX} values in a batch, found {0}")]
    TooManyValues(usize),
    /// A column has not as many values as times, or a value without a word.
    #[error("expected as many values as times in each column")]
    Uneven,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// A batch that waits to be stored.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) batch: Batch,
    pub(crate) received_at: Timestamp,
    answer: oneshot::Sender<Result<BatchAnswer, Error>>,
}

/// The batches that wait to be stored.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    waiting: Mutex<VecDeque<Waiting>>,
    /// Held by whoever stores batches.
    storing: AsyncMutex<()>,
}

/// Batches that were taken to be stored. Those that were not answered wait again when this is dropped: their
/// transaction was rolled back, or it was committed, and storing them again has no effect.
struct Taken<'a> {
    appends: &'a Appends,
    batches: VecDeque<Waiting>,
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
    /// Takes batches, as many as one transaction stores.
    fn take(&self) -> Taken<'_> {
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

impl Observations {
    /// Stores a batch that arrived at `received_at`. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if nothing was stored. Single observations that are refused are named in the answer.
    pub async fn append(&self, batch: Batch, received_at: Timestamp) -> Result<BatchAnswer, AppendError> {
        let values = batch.len();
        if values > BATCH_VALUES_MAX {
            return Err(AppendError::TooManyValues(values));
        }
        if !batch.columns.iter().all(Column::is_even) {
            return Err(AppendError::Uneven);
        }
        let (answer, mut answered) = oneshot::channel();
        self.appends.waiting.lock().push_back(Waiting { batch, received_at, answer });
        loop {
            tokio::select! {
                biased;
                answer = &mut answered => {
                    return Ok(answer.map_err(|_| Error::Unavailable(sqlx::Error::WorkerCrashed))??);
                }
                storing = self.appends.storing.lock() => {
                    self.store_waiting().await;
                    drop(storing);
                }
            }
        }
    }

    /// Stores the batches that wait, as many as one transaction stores, and answers them.
    async fn store_waiting(&self) {
        let appends = Arc::clone(&self.appends);
        let mut taken = appends.take();
        if taken.batches.is_empty() {
            return;
        }
        // They are of several requests, so none of these waits for its turn here. One transaction runs at a time.
        let server = self.for_server();
        let mut tries = 1;
        let stored = loop {
            let stored = server.store_batches(taken.batches.make_contiguous()).await;
            match server.noted(stored).await {
                Err(Error::Changed | Error::Taken) if tries < TRIES => tries += 1,
                stored => break stored,
            }
        };
        match stored {
            Ok(answers) => {
                for (waiting, answer) in taken.batches.drain(..).zip(answers) {
                    // Whoever does not wait any more does not need the answer.
                    let _ = waiting.answer.send(Ok(answer));
                }
            }
            Err(error) => {
                for waiting in taken.batches.drain(..) {
                    let _ = waiting.answer.send(Err(again(&error)));
                }
            }
        }
    }
}

/// The error for another batch of the same transaction.
fn again(error: &Error) -> Error {
    match error {
        Error::Full(_) => Error::Full(std::io::Error::from(std::io::ErrorKind::StorageFull).into()),
        Error::Busy => Error::Busy,
        Error::Corrupt { table, what } => Error::Corrupt { table, what },
        Error::Rights(detail) => Error::Rights(detail.clone()),
        Error::ReadOnly(host) => Error::ReadOnly(host.clone()),
        other => Error::Unavailable(std::io::Error::other(other.to_string()).into()),
    }
}
