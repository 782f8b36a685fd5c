//! Tasks that serve one connection. They end when the server stops, so that none uses the database after that.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The tasks that serve connections.
#[derive(Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Spawns a task. Lines in the log belong to what the caller does now.
    pub(crate) fn spawn(&self, run: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        let run = async move {
            stop.run_until_cancelled_owned(run).await;
        };
        self.tracker.spawn(run.in_current_span());
    }

    /// Stops all tasks, and waits until they have ended. Later ones do not begin.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn tasks_end_when_the_server_stops() {
        let tasks = Tasks::default();
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        tasks.spawn(async move {
            let _inside = inside;
            pending::<()>().await;
        });
        tasks.end().await;
        assert_eq!(Arc::strong_count(&held), 1, "a task was still running");
    }
}
