//! The thread that decodes large messages.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How long a message waits until it is decoded.
const PATIENCE: Duration = Duration::from_secs(5);
/// By how much the thread's priority is lower than that of other threads ("niceness", nice(2)): those
/// that answer requests come first where they share a processor.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// A thread for work that takes milliseconds, so that the threads that answer requests are not held up.
/// It does one thing at a time, and ends when the last handle to it is dropped.
#[derive(Clone)]
pub(super) struct Decoder {
    turns: Arc<Semaphore>,
    work: mpsc::Sender<Work>,
}

impl Decoder {
    /// Starts the thread. If that fails, nothing is decoded.
    pub(super) fn new() -> Self {
        let (work, waiting) = mpsc::channel::<Work>();
        let run = move || {
            #[cfg(target_os = "linux")]
            if let Err(error) = rustix::process::nice(NICENESS) {
                tracing::warn!(%error, "the thread that decodes messages has the same priority as others");
            }
            for work in waiting {
                // A panic ends one piece of work (its answer never comes), not the thread.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        };
        if let Err(error) = std::thread::Builder::new().name("decoder".into()).spawn(run) {
            tracing::error!(%error, "the thread that decodes messages could not be started");
        }
        Self { turns: Arc::new(Semaphore::new(1)), work }
    }

    /// Waits for a turn; `None` after some seconds. There is one at a time, so that little memory is taken
    /// by what is half decoded.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        tokio::time::timeout(PATIENCE, turn).await.ok()?.ok()
    }

    /// Runs work on the thread; `None` if the thread could not be started, or the work panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        // Nobody waits for the answer if the request has ended meanwhile.
        let work = move || drop(reply.send(work()));
        self.work.send(Box::new(work)).ok()?;
        answer.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_on_one_other_thread() {
        let decoder = Decoder::new();
        let name = || std::thread::current().name().map(str::to_owned);
        assert_eq!(decoder.run(name).await.flatten().as_deref(), Some("decoder"));
        assert_eq!(decoder.clone().run(name).await.flatten().as_deref(), Some("decoder"));
    }

    #[tokio::test]
    async fn a_panic_ends_only_its_own_work() {
        let decoder = Decoder::new();
        assert_eq!(decoder.run(|| -> u8 { panic!("as it should") }).await, None);
        assert_eq!(decoder.run(|| 7).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn turns_come_one_after_another() {
        let decoder = Decoder::new();
        let first = decoder.turn().await.unwrap();
        assert!(decoder.turn().await.is_none());
        drop(first);
        assert!(decoder.turn().await.is_some());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_thread_has_a_lower_priority() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let own = nice();
        assert_eq!(Decoder::new().run(nice).await, Some((own + NICENESS).min(19)));
        assert_eq!(nice(), own);
    }
}
