//! The journal on a thread of its own: concurrent writers share one wait for the disk.

use std::io;
use std::sync::Arc;

use bailiwick_domain::outside::Clock;
use bailiwick_link::commands::Finished;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Change, Journal, JournalState};

/// The most requests that wait for the thread; further callers wait until there is room.
const WAITING: usize = 1_024;

enum Ask {
    Known(Uuid, oneshot::Sender<JournalState>),
    Write(Change, oneshot::Sender<Result<(), String>>),
    Acknowledge(Vec<Uuid>),
    Read(Uuid, oneshot::Sender<Result<Option<Finished>, String>>),
    Unacknowledged(oneshot::Sender<Vec<Uuid>>),
    #[cfg(test)]
    Break(oneshot::Sender<()>),
}

/// A handle to the journal that many tasks can use at the same time.
#[derive(Clone, Debug)]
pub struct Keeper {
    asks: mpsc::Sender<Ask>,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ask")
    }
}

/// The error if the thread has ended, which it does only with the process.
const GONE: &str = "the journal is closed";

impl Keeper {
    /// Starts the thread. It ends when the last keeper is dropped.
    pub fn start(journal: Journal, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let (sender, asks) = mpsc::channel(WAITING);
        let work = move || keep(journal, &*clock, asks);
        std::thread::Builder::new().name("journal".into()).spawn(work)?;
        Ok(Self { asks: sender })
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.ok()?;
        answer.await.ok()
    }

    /// What is known of a command. If that cannot be read, the command counts as accepted.
    pub async fn known(&self, id: Uuid) -> JournalState {
        self.ask(|reply| Ask::Known(id, reply)).await.unwrap_or(JournalState::Accepted)
    }

    /// Writes a change; it is on the disk when this returns.
    pub async fn write(&self, change: Change) -> Result<(), String> {
        self.ask(|reply| Ask::Write(change, reply)).await.unwrap_or_else(|| Err(GONE.to_owned()))
    }

    /// Notes that the server has stored the ends of these commands.
    pub async fn acknowledge(&self, ids: Vec<Uuid>) {
        // If that fails, the ends are reported again.
        let _ = self.asks.send(Ask::Acknowledge(ids)).await;
    }

    /// How a command ended; `None` if that is not known.
    pub async fn read(&self, id: Uuid) -> Result<Option<Finished>, String> {
        self.ask(|reply| Ask::Read(id, reply)).await.unwrap_or_else(|| Err(GONE.to_owned()))
    }

    /// Makes every further write fail, as on a full disk.
    #[cfg(test)]
    pub(crate) async fn break_it(&self) {
        self.ask(Ask::Break).await;
    }

    /// The commands whose end the server has not yet acknowledged.
    pub async fn unacknowledged(&self) -> Vec<Uuid> {
        self.ask(Ask::Unacknowledged).await.unwrap_or_default()
    }
}

fn keep(mut journal: Journal, clock: &dyn Clock, mut asks: mpsc::Receiver<Ask>) {
    let mut at_once = Vec::new();
    while let Some(first) = asks.blocking_recv() {
        at_once.push(first);
        while at_once.len() < WAITING
            && let Ok(ask) = asks.try_recv()
        {
            at_once.push(ask);
        }
        let mut changes = Vec::new();
        let mut writers = Vec::new();
        // A failed send means that the caller no longer waits for the answer, which is no error.
        for ask in at_once.drain(..) {
            match ask {
                Ask::Write(change, reply) => {
                    changes.push(change);
                    writers.push(reply);
                }
                Ask::Known(id, reply) => drop(reply.send(journal.known(id))),
                Ask::Read(id, reply) => drop(reply.send(journal.read(id).map_err(|e| e.to_string()))),
                Ask::Unacknowledged(reply) => drop(reply.send(journal.unacknowledged())),
                #[cfg(test)]
                Ask::Break(reply) => {
                    journal.is_broken = true;
                    let _ = reply.send(());
                }
                Ask::Acknowledge(ids) => {
                    if let Err(error) = journal.acknowledge(&ids, clock.now()) {
                        tracing::warn!(%error, "acknowledgements could not be recorded in the journal");
                    }
                }
            }
        }
        if changes.is_empty() {
            continue;
        }
        let written = journal.write(changes, clock.now()).map_err(|error| error.to_string());
        for writer in writers {
            drop(writer.send(written.clone()));
        }
    }
}
