//! Appends batches of observations to the log.
//!
//! Batches that arrive while a transaction is being committed are stored together by the next one, up to 4 MiB. One
//! of the requests that wait stores all of them. There is no timer: a batch that arrives alone is stored at once.

use std::sync::Arc;

use bailiwick_domain::observations::batch::{Batch, BatchAnswer};
use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::limits::BATCH_VALUES_MAX;
use bailiwick_domain::time::Timestamp;

use crate::error::Error;
use crate::series::observations::Observations;

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
        let mut answered = self.appends.add(batch, received_at);
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
                    self.appends.arrived.note(&answer);
                    // If the request was given up, nobody receives the answer.
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
