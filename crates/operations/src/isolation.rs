//! Whether this server still hears what other servers change. One that does not may not go on admitting
//! keys that were taken away elsewhere.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::control::Control;

/// How long after the last proof that it hears of changes a server is ready. The feed proves itself at
/// least every seven seconds.
const READY_FOR: Duration = Duration::from_secs(8);
/// How long after that it still admits somebody.
const ADMITS_FOR: Duration = Duration::from_secs(10);

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
