//! Turns for work that computes for long.
//!
//! A request whose work computes for milliseconds or seconds would make all others wait that are served by the same thread.
//! Such work runs beside the threads that serve requests, few at a time, and each piece of it waits for its turn.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use bailiwick_store::long_work;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long work computes before others get their turn.
const PIECE: Duration = Duration::from_millis(2);

/// The turns of a server.
pub(crate) struct Computing {
    turns: Semaphore,
    /// How many turns there are.
    most: usize,
    /// How many works wait for a turn.
    waiting: AtomicUsize,
}

impl Default for Computing {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with((processors / 2).max(1))
    }
}

/// A work that waits for a turn, until this is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Computing {
    fn with(most: usize) -> Self {
        Self { turns: Semaphore::new(most), most, waiting: AtomicUsize::new(0) }
    }

    /// How many works wait for a turn.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many turns are taken, and how many there are.
    pub(crate) fn turns(&self) -> (usize, usize) {
        (self.most.saturating_sub(self.turns.available_permits()), self.most)
    }

    /// Waits for a turn.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        self.turns.acquire().await.ok()
    }

    /// Runs work that computes for long. Between its turns it waits, for example for the database or with [`Pace`].
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            // The turns are never closed; without one, the work would only be less fair.
            let turn = self.turn().await;
            let polled = poll_fn(|context| Poll::Ready(long_work(|| work.as_mut().poll(context)))).await;
            drop(turn);
            match polled {
                Poll::Ready(output) => return output,
                Poll::Pending => woken().await,
            }
        }
    }
}

/// Waits until the task is woken by what it polled before.
async fn woken() {
    let mut is_first = true;
    poll_fn(|_| if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// The pace of a computation in a loop: it lets others have their turn every two milliseconds.
#[derive(Debug)]
pub struct Pace {
    since: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        Self { since: Instant::now() }
    }
}

impl Pace {
    /// Lets others have their turn, if this computation has had its time. A request that is over ends here.
    pub async fn step(&mut self) {
        if self.since.elapsed() >= PIECE {
            tokio::task::yield_now().await;
            self.since = Instant::now();
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and ends its tasks"
)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::oneshot;

    use super::*;

    /// Work that computes until it is told to stop, with the number of such works at the same time.
    async fn compute(stop: Arc<AtomicUsize>, most: Arc<AtomicUsize>, now: Arc<AtomicUsize>) {
        let mut pace = Pace::default();
        while stop.load(Ordering::SeqCst) == 0 {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let begin = Instant::now();
            while begin.elapsed() < PIECE {}
            now.fetch_sub(1, Ordering::SeqCst);
            pace.step().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_are_served_while_much_is_computed() {
        let computing = Arc::new(Computing::with(1));
        let [stop, most, now] = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
        let works: Vec<_> = (0..8)
            .map(|_| {
                let (computing, work) =
                    (Arc::clone(&computing), compute(stop.clone(), most.clone(), now.clone()));
                tokio::spawn(async move { computing.run(work).await })
            })
            .collect();
        // What is asked before anything is computed would show nothing.
        while most.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // Each of them needs the only thread that serves requests.
        for _ in 0..20 {
            let (send, receive) = oneshot::channel();
            tokio::spawn(async move { send.send(()).unwrap() });
            receive.await.unwrap();
        }
        stop.store(1, Ordering::SeqCst);
        for work in works {
            work.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert_eq!((computing.turns(), computing.waiting()), ((0, 1), 0));
    }

    #[tokio::test]
    async fn work_that_waits_is_continued_when_it_is_woken() {
        let (send, receive) = oneshot::channel();
        let computing = Computing::default();
        let work = computing.run(async { receive.await.unwrap() });
        let (answer, ()) = tokio::join!(work, async { send.send(7).unwrap() });
        assert_eq!(answer, 7);
    }
}
