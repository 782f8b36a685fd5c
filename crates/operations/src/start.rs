//! Opening the control plane with every operation, and the background tasks of operations.

use std::sync::Arc;

use bailiwick_domain::key::Peppers;
use bailiwick_engine::background::{FORGET_EVERY, log_background_error};
use bailiwick_engine::build::Build;
use bailiwick_engine::catalogue::Catalogue;
use bailiwick_engine::control::{Control, Outside};
use bailiwick_engine::error::Result;
use bailiwick_engine::spans::spawn_task;
use bailiwick_store::Databases;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit;
use crate::reseal::{bind_secrets, reseal};
use crate::schedules::Scheduler;

/// Opens the control plane on databases that have this version's schema, with all operations of the catalogue.
pub async fn open(
    databases: Databases,
    peppers: Peppers,
    outside: Outside,
    build: Build,
    catalogue: &'static Catalogue,
) -> Result<Arc<Control>> {
    let control = Control::open(databases, peppers, outside, build, catalogue.listings()).await?;
    bind_secrets(&control).await?;
    Ok(control)
}

/// Starts the background tasks of operations. Cancelling `stop` ends them.
pub fn start_background(scheduler: &Arc<Scheduler>, tasks: &TaskTracker, stop: &CancellationToken) {
    let control = scheduler.control();
    spawn_task(tasks, "reseal", reseal_once(Arc::clone(control), stop.clone()));
    spawn_task(tasks, "forget", forget(Arc::clone(control), stop.clone()));
    spawn_task(tasks, "run_schedules", Arc::clone(scheduler).keep_time(stop.clone()));
}

/// Seals secrets again under the current pepper. Once, because older ones can only exist after a start.
async fn reseal_once(control: Arc<Control>, stop: CancellationToken) {
    if let Some(Err(error)) = stop.run_until_cancelled(reseal(&control)).await {
        log_background_error(
            &error,
            "secrets could not be moved to the new pepper; this is retried at the next start",
        );
    }
}

async fn forget(control: Arc<Control>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
        if let Err(error) = audit::forget_cut(&control).await {
            log_background_error(&error, "audit entries that were cut off could not be deleted");
        }
    }
}
