//! Why a server is not ready although its database answers, and how that is found out.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bailiwick_store::Error as StoreError;

use crate::control::Control;

/// From this difference on between this server's clock and the database's a warning is logged.
const CLOCK_WARNS_MICROS: u64 = 1_000_000;
/// From this difference on a server does not start, and is not ready.
pub const CLOCK_REFUSES_MICROS: u64 = 10_000_000;

/// Why a server is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The database does not answer.
    #[error("the database does not answer")]
    DatabaseAway,
    /// The database takes no writes.
    #[error("the database takes no writes: it is read-only")]
    DatabaseReadOnly,
    /// The role that the server connects as lacks rights in the database.
    #[error("the role that the server connects as may not read and write every table of the database")]
    DatabaseRights,
    /// The disk of the database is full.
    #[error("the disk of the database is full: nothing can be written but what takes something away")]
    DiskFull,
    /// The clocks of this server and of the database differ.
    #[error(
        "the clocks of this server and of its database differ by more than 10 s: set them by the same time servers"
    )]
    ClocksDiffer,
    /// The server is about to stop.
    #[error("the server is about to stop")]
    Stopping,
}

impl Trouble {
    /// Its name, for programs.
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

/// What keeps a server from being ready.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    found: Mutex<Option<Trouble>>,
    is_stopping: AtomicBool,
    compares_clocks: AtomicBool,
    /// Whether it was said that the clocks differ.
    warned: AtomicBool,
}

impl Troubles {
    /// Notes what was found; what it was before.
    fn find(&self, trouble: Option<Trouble>) -> Option<Trouble> {
        let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut *found, trouble)
    }
}

impl Control {
    /// Why the server is not ready; `None` if it is.
    pub fn trouble(&self) -> Option<Trouble> {
        if self.troubles.is_stopping.load(Ordering::Acquire) {
            return Some(Trouble::Stopping);
        }
        let found = *self.troubles.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        found.or_else(|| (!self.is_ready()).then_some(Trouble::DatabaseAway))
    }

    /// From now on the server says that it is not ready: it is about to stop.
    pub fn announce_stop(&self) {
        self.troubles.is_stopping.store(true, Ordering::Release);
    }

    /// From now on the clock is compared with the database's.
    pub fn compare_clocks(&self) {
        self.troubles.compares_clocks.store(true, Ordering::Release);
    }

    /// Asks the database how it is, and notes whether the server is ready.
    pub async fn examine_database(&self) {
        let examined = self.store.examine(&*self.clock).await;
        let trouble = match &examined {
            Ok(examined) => {
                let off = self.warn_of_clock(examined.clock_ahead_micros);
                (off >= CLOCK_REFUSES_MICROS).then_some(Trouble::ClocksDiffer)
            }
            Err(StoreError::ReadOnly(_)) => Some(Trouble::DatabaseReadOnly),
            Err(StoreError::Rights(_)) => Some(Trouble::DatabaseRights),
            Err(StoreError::Full(_)) => Some(Trouble::DiskFull),
            Err(_) => Some(Trouble::DatabaseAway),
        };
        let before = self.troubles.find(trouble);
        self.set_ready(trouble != Some(Trouble::DatabaseAway));
        if before == trouble {
            return;
        }
        match (trouble, examined.err()) {
            (Some(trouble), Some(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(reason = trouble.as_str(), error, "not ready: {trouble}");
            }
            (Some(trouble), None) => tracing::error!(reason = trouble.as_str(), "not ready: {trouble}"),
            (None, _) => tracing::info!("ready again"),
        }
    }

    /// Warns once if the clock is off; by how many microseconds it is.
    fn warn_of_clock(&self, ahead_micros: i64) -> u64 {
        if !self.troubles.compares_clocks.load(Ordering::Acquire) {
            return 0;
        }
        let off = ahead_micros.unsigned_abs();
        if off < CLOCK_WARNS_MICROS / 2 {
            self.troubles.warned.store(false, Ordering::Release);
        } else if off >= CLOCK_WARNS_MICROS && !self.troubles.warned.swap(true, Ordering::AcqRel) {
            let direction = if ahead_micros > 0 { "ahead of" } else { "behind" };
            let seconds = off / 1_000_000;
            tracing::warn!(
                seconds,
                "this server's clock is {direction} the database's; beyond 10 s the server is not ready: set both by the same time servers"
            );
        }
        off
    }
}
