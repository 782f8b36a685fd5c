//! When this server last proved that it receives the changes of other servers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bailiwick_store::Engine;

/// The proof is not needed: there are no other servers, or listening has not begun.
const NOT_NEEDED: u64 = u64::MAX;

/// When this server last proved that it receives the changes of other servers.
pub(crate) struct Contact {
    began: Instant,
    /// The time of the last proof, in milliseconds after `began`.
    at: AtomicU64,
    /// Whether the log says that this server is isolated.
    pub(crate) is_said: AtomicBool,
}

impl Default for Contact {
    fn default() -> Self {
        Self { began: Instant::now(), at: AtomicU64::new(NOT_NEEDED), is_said: AtomicBool::new(false) }
    }
}

impl Contact {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(NOT_NEEDED - 1)
    }

    /// Requires proofs from now on, if the database can have other servers.
    pub(crate) fn begin(&self, engine: Engine) {
        if engine == Engine::Postgres {
            self.note();
        }
    }

    /// Notes that all changes until now were received.
    pub(crate) fn note(&self) {
        self.at.store(self.now(), Ordering::Release);
    }

    pub(crate) fn is_older_than(&self, age: Duration) -> bool {
        let at = self.at.load(Ordering::Acquire);
        at != NOT_NEEDED && u128::from(self.now().saturating_sub(at)) > age.as_millis()
    }
}
