//! Runs long work without delaying other tasks on the same thread.

use tokio::runtime::{Handle, RuntimeFlavor};

/// The size in bytes from which reading or writing something takes long.
pub const LARGE: usize = 256 << 10;

/// Runs work that takes long. On a multi-threaded runtime, the other tasks of this thread move to another
/// thread meanwhile.
pub fn long_work<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn other_tasks_run_during_long_work() {
        let (send, receive) = mpsc::channel();
        let waiting = tokio::spawn(async { long_work(move || receive.recv().unwrap()) });
        // The first task occupies the only worker thread. This one runs nevertheless.
        tokio::spawn(async move { send.send(7).unwrap() }).await.unwrap();
        assert_eq!(waiting.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_single_threaded_runtime_does_the_work_in_place() {
        assert_eq!(long_work(|| 7), 7);
    }
}
