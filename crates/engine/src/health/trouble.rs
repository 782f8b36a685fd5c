//! Reasons why a server is not ready.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// A reason why a server is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The database does not answer.
    #[error("the database does not answer")]
    DatabaseAway,
    /// The database takes no writes.
    #[error("the database does not accept writes: it is read-only")]
    DatabaseReadOnly,
    /// The database role that the server connects as lacks privileges on tables.
    #[error(
        "the database role that this server connects as lacks privileges on tables of Bailiwick; the log says which"
    )]
    DatabaseRights,
    /// The disk of the database is full.
    #[error("the disk of the database is full: only revocations and deletions can be stored")]
    DiskFull,
    /// The clocks of this server and of the database differ.
    #[error(
        "the clocks of this server and of its database differ by more than 10 s: synchronize both with the same time servers"
    )]
    ClocksDiffer,
    /// The server is about to stop.
    #[error("the server is stopping")]
    Stopping,
}

impl Trouble {
    /// The reason's stable name, for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DatabaseAway => "database_away",
            Self::DatabaseReadOnly => "database_read_only",
            Self::DatabaseRights => "database_rights",
            Self::DiskFull => "disk_full",
            Self::ClocksDiffer => "clocks_differ",
            Self::Stopping => "stopping",
        }
    }
}

/// The reasons why this server is not ready.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    pub(crate) found: Mutex<Option<Trouble>>,
    pub(crate) is_stopping: AtomicBool,
    pub(crate) compares_clocks: AtomicBool,
    /// Whether a warning about the clocks was logged.
    pub(crate) warned: AtomicBool,
}

impl Troubles {
    /// Stores the reason found by the last check, and returns the one before.
    pub(crate) fn find(&self, trouble: Option<Trouble>) -> Option<Trouble> {
        let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut *found, trouble)
    }
}
