//! Whether this server still hears what other servers change. One that does not may not go on admitting
//! keys that were taken away elsewhere.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bailiwick_store::Engine;

use crate::control::Control;

/// How long after the last proof that it hears of changes a server is ready. The feed proves itself at
/// least every seven seconds.
const READY_FOR: Duration = Duration::from_secs(8);
/// How long after that it still admits somebody.
const ADMITS_FOR: Duration = Duration::from_secs(10);

/// There are no other servers to hear of, or it has not begun.
const NOT_NEEDED: u64 = u64::MAX;

/// When this server last proved that it hears of changes.
pub(crate) struct Contact {
    began: Instant,
    /// In milliseconds after that.
    at: AtomicU64,
    /// Whether it was logged that it does not.
    is_said: AtomicBool,
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

    fn is_older_than(&self, age: Duration) -> bool {
        let at = self.at.load(Ordering::Acquire);
        at != NOT_NEEDED && u128::from(self.now().saturating_sub(at)) > age.as_millis()
    }
}

impl Control {
    /// Whether this server has not heard for so long of what others change that it admits nobody.
    pub fn is_isolated(&self) -> bool {
        self.contact.is_older_than(ADMITS_FOR)
    }

    /// Whether this server hears of what others change.
    pub(crate) fn hears(&self) -> bool {
        !self.contact.is_older_than(READY_FOR)
    }

    /// Logs that it admits nobody any more, or again.
    pub(crate) fn say_isolation(&self) {
        let is_isolated = self.is_isolated();
        if self.contact.is_said.swap(is_isolated, Ordering::AcqRel) == is_isolated {
            return;
        }
        if is_isolated {
            tracing::error!(
                "this server does not hear from the database what other servers change: until it does, it \
                 admits nobody, and agents are sent to other servers"
            );
        } else {
            tracing::info!("this server hears from the database again, and admits requests");
        }
    }
}
