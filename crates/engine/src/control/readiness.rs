//! Readiness: whether a server can do its work, and why not.

use std::sync::atomic::Ordering;

use bailiwick_store::Error as StoreError;

use crate::control::Control;
use crate::health::trouble::Trouble;

/// Difference between this server's clock and the database's, in microseconds, from which a warning is
/// logged.
const CLOCK_WARNS_MICROS: u64 = 1_000_000;
/// Difference between the clocks, in microseconds, from which a server does not start and is not ready.
pub const CLOCK_REFUSES_MICROS: u64 = 10_000_000;

impl Control {
    /// Why the server is not ready; `None` if it is.
    pub fn trouble(&self) -> Option<Trouble> {
        if self.troubles.is_stopping.load(Ordering::Acquire) {
            return Some(Trouble::Stopping);
        }
        let found = *self.troubles.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        found.or_else(|| (!self.is_ready()).then_some(Trouble::DatabaseAway))
    }

    /// Reports the server as not ready from now on, because it is about to stop.
    pub fn announce_stop(&self) {
        self.troubles.is_stopping.store(true, Ordering::Release);
    }

    /// Compares the clock with the database's from now on.
    pub fn compare_clocks(&self) {
        self.troubles.compares_clocks.store(true, Ordering::Release);
    }

    /// Pings the database and updates whether the server is ready.
    pub async fn examine_database(&self) {
        let mut examined = self.store.examine(&*self.clock).await;
        if examined.is_ok() {
            examined = match self.observations.examine().await {
                // Then observations are refused, and all else works.
                Ok(()) | Err(StoreError::Full(_)) => examined,
                Err(error) => Err(error),
            };
        }
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
                tracing::error!(reason = trouble.as_str(), error, "the server is not ready: {trouble}");
            }
            (Some(trouble), None) => {
                tracing::error!(reason = trouble.as_str(), "the server is not ready: {trouble}")
            }
            (None, _) => tracing::info!("the server is ready again"),
        }
    }

    /// Logs a warning once if the clock is off. Returns the difference in microseconds; 0 if clocks are
    /// not compared.
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
                "this server's clock is {direction} the database's clock; beyond 10 s the server is not ready: synchronize both with the same time servers"
            );
        }
        off
    }
}
