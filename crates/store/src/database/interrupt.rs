//! Ends a running SQLite statement whose request is over. SQLite itself would finish it first, and its thread and its
//! connection would be busy until then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::SqliteConnection;

/// How many instructions of SQLite's virtual machine run between two questions whether to go on.
const INSTRUCTIONS: i32 = 1_000;

/// The order to a connection to end its statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Makes the connection's statements end when this is [set](Self::set).
    pub(crate) async fn watch(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let is_set = Arc::clone(&self.0);
        let goes_on = move || !is_set.load(Ordering::Relaxed);
        connection.lock_handle().await?.set_progress_handler(INSTRUCTIONS, goes_on);
        Ok(())
    }

    /// Ends the statement that runs, with the error `SQLITE_INTERRUPT`.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Lets the connection run statements again.
    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
