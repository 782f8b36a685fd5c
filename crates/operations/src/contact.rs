//! When this server last proved that it hears of what other servers change.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bailiwick_store::Engine;

/// There are no other servers to hear of, or it has not begun.
const NOT_NEEDED: u64 = u64::MAX;

/// When this server last proved that it hears of changes.
pub(crate) struct Contact {
    began: Instant,
    /// In milliseconds after that.
    at: AtomicU64,
    /// Whether it was logged that it does not.
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

    /// From now on it is needed, where there can be other servers.
    pub(crate) fn begin(&self, engine: Engine) {
        if engine == Engine::Postgres {
            self.note();
        }
    }

    /// All changes until now were heard.
    pub(crate) fn note(&self) {
        self.at.store(self.now(), Ordering::Release);
    }

    pub(crate) fn is_older_than(&self, age: Duration) -> bool {
        let at = self.at.load(Ordering::Acquire);
        at != NOT_NEEDED && u128::from(self.now().saturating_sub(at)) > age.as_millis()
    }
}
