//! The metrics of the host itself: they are read once a minute, kept on disk, and sent to the server until it has
//! stored them.

pub mod buffer;
pub mod host;
mod key;
pub mod schedule;
pub mod sending;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::time::Timestamp;
use bailiwick_link::observations::{Reading, Readings, Stored, Value};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use buffer::{Buffer, Limits};
use host::{Host, ThisHost};
use schedule::{Due, Schedule};

/// How often the host is read, unless a test says otherwise.
pub const EVERY: Duration = Duration::from_secs(60);
/// How many batches, and how many bytes of them, go into one message.
const BATCHES_AT_ONCE: usize = 30;
const BYTES_AT_ONCE: u64 = 128 << 10;
/// The metric that says how many batches were dropped since the buffer exists.
const DROPPED: &str = "bailiwick.agent.batches_dropped";

/// A handle to the readings that wait for the server. Clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    buffer: Arc<Mutex<Buffer>>,
    /// Whether batches wait to be sent. Reading this never waits for the disk, as locking the buffer may.
    has_waiting: Arc<AtomicBool>,
    /// Notified when there is a new batch.
    added: Arc<Notify>,
}

impl Metrics {
    /// The metrics of this machine, which is read from now on until `stop`; `None`, which is logged, if they cannot be
    /// kept in the directory. The agent then works without them.
    pub fn of_this_host(
        directory: &Path,
        schedule: Schedule,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        stop: CancellationToken,
    ) -> Option<Self> {
        let started = Buffer::open(directory, Limits::default(), entropy).and_then(|buffer| {
            let metrics = Self::new(buffer);
            metrics.start(ThisHost::default(), schedule, clock, stop)?;
            Ok(metrics)
        });
        let log = |error: &io::Error| {
            let path = directory.display();
            tracing::error!(%path, %error, "the metrics of the host are not reported, because they cannot be kept on disk");
        };
        started.inspect_err(log).ok()
    }

    /// The readings in a buffer.
    pub fn new(buffer: Buffer) -> Self {
        let has_waiting = Arc::new(AtomicBool::new(buffer.has_waiting()));
        Self { buffer: Arc::new(Mutex::new(buffer)), has_waiting, added: Arc::default() }
    }

    /// Reads the host when the schedule says so, until `stop`. The reading has a thread of its own, because a file
    /// system may not answer; it ends with the process.
    pub fn start(
        &self,
        mut host: impl Host + 'static,
        schedule: Schedule,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let (ask, mut asked) = mpsc::channel::<Timestamp>(1);
        let metrics = self.clone();
        let read = move || {
            while let Some(at) = asked.blocking_recv() {
                metrics.read(&mut host, at);
            }
        };
        std::thread::Builder::new().name("host-metrics".into()).spawn(read)?;
        #[allow(clippy::disallowed_methods, reason = "it ends when the agent stops")]
        tokio::spawn(async move {
            stop.run_until_cancelled(ask_on_time(schedule, clock, ask)).await;
        });
        Ok(())
    }

    /// Reads the host and keeps what was read.
    pub fn read(&self, host: &mut impl Host, at: Timestamp) {
        let mut readings = host.read();
        readings.retain(|reading| match reading.value {
            Some(Value::Quantity(number)) => number.is_finite(),
            Some(Value::Count(_)) => true,
            None => false,
        });
        let added = self.using(|buffer| {
            let dropped = i64::try_from(buffer.dropped()).unwrap_or(i64::MAX);
            readings.push(Reading {
                key: DROPPED.to_owned(),
                unit: "{batch}".to_owned(),
                value: Some(Value::Count(dropped)),
            });
            buffer.add(at, readings)
        });
        match added {
            Ok(sequence) => tracing::debug!(sequence, %at, "metrics of the host were read"),
            Err(error) => {
                tracing::warn!(%error, %at, "metrics of the host could not be kept and are dropped")
            }
        }
        self.added.notify_one();
    }

    /// Uses the buffer, which may take as long as the disk takes.
    fn using<T>(&self, work: impl FnOnce(&mut Buffer) -> T) -> T {
        let mut buffer = self.buffer.lock();
        let done = work(&mut buffer);
        self.has_waiting.store(buffer.has_waiting(), Ordering::Release);
        done
    }

    /// Waits until there is a new batch.
    pub async fn added(&self) {
        self.added.notified().await;
    }

    /// Whether there are batches that the server has not stored.
    pub fn has_waiting(&self) -> bool {
        self.has_waiting.load(Ordering::Acquire)
    }

    /// The oldest batches, as many as go into one message; `None` if there are none.
    pub async fn oldest(&self) -> io::Result<Option<Readings>> {
        let metrics = self.clone();
        let oldest = move || metrics.using(|buffer| buffer.oldest(BATCHES_AT_ONCE, BYTES_AT_ONCE));
        let readings = tokio::task::spawn_blocking(oldest).await.map_err(io::Error::other)??;
        Ok(Some(readings).filter(|readings| !readings.batches.is_empty()))
    }

    /// Forgets what the server has stored. False if the server means another buffer.
    pub async fn stored(&self, stored: Stored) -> bool {
        let metrics = self.clone();
        let forget = move |buffer: &mut Buffer| {
            let is_this = buffer.id() == stored.buffer;
            if is_this {
                buffer.forget(stored.sequence);
            }
            is_this
        };
        tokio::task::spawn_blocking(move || metrics.using(forget)).await.unwrap_or(false)
    }
}

/// Asks for readings when they are due. A time at which the host is still being read for an earlier one is left out.
async fn ask_on_time(schedule: Schedule, clock: Arc<dyn Clock>, ask: mpsc::Sender<Timestamp>) {
    // The time before now may have been read by an earlier run of the agent.
    let mut before = schedule.last(clock.now());
    loop {
        match schedule.due(before, clock.now()) {
            Due::Now(at) => {
                before = at;
                match ask.try_send(at) {
                    Err(mpsc::error::TrySendError::Closed(_)) => return,
                    Err(mpsc::error::TrySendError::Full(_)) => {
                        tracing::warn!("reading the metrics of the host takes longer than a minute");
                    }
                    Ok(()) => {}
                }
            }
            Due::In(wait) => tokio::time::sleep(wait).await,
        }
    }
}

#[cfg(test)]
mod tests;
