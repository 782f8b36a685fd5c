//! Background tasks: write what agents reported, send them what waits for them, and delete old commands.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use bailiwick_engine::background::{FORGET_EVERY, log_background_error};
use bailiwick_engine::spans::spawn_task;

use crate::fleet::Fleet;

/// How often reports of agents are written.
const HEARD_EVERY: Duration = Duration::from_secs(1);

impl Fleet {
    /// Starts all background tasks. Cancelling `stop` ends them; what is in memory is then written once
    /// more, so wait for `tasks`.
    pub fn start_background(self: &Arc<Self>, tasks: &TaskTracker, stop: &CancellationToken) {
        spawn_task(tasks, "write_heard", Arc::clone(self).write_heard(stop.clone()));
        spawn_task(tasks, "dispatch", Arc::clone(self).dispatch(stop.clone()));
        spawn_task(tasks, "record", Arc::clone(self).record(stop.clone()));
        spawn_task(tasks, "record_readings", Arc::clone(self).record_readings(stop.clone()));
        spawn_task(tasks, "sweep", Arc::clone(self).sweep(stop.clone()));
        spawn_task(tasks, "forget", Arc::clone(self).forget(stop.clone()));
        spawn_task(tasks, "let_go", Arc::clone(self).let_go(stop.clone()));
    }

    async fn write_heard(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(HEARD_EVERY)).await.is_some() {
            self.write_heard_now().await;
        }
        self.write_heard_now().await;
    }

    async fn forget(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
            if let Err(error) = self.forget_commands().await {
                log_background_error(&error, "old commands could not be deleted");
            }
        }
    }

    /// At the end, waits until no task of a connection runs, and records that this server holds no connections
    /// any more.
    async fn let_go(self: Arc<Self>, stop: CancellationToken) {
        stop.cancelled().await;
        self.tasks.end().await;
        self.hold_nothing().await;
    }
}
