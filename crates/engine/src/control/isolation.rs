//! Isolation: whether this server still receives the changes of other servers. If it does not, it must
//! not admit keys any more, because they may have been revoked elsewhere.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::control::Control;

/// How long a server stays ready after the last proof that it receives changes. The feed gives a proof
/// at least every seven seconds.
const READY_FOR: Duration = Duration::from_secs(8);
/// How long a server still admits requests after the last proof.
const ADMITS_FOR: Duration = Duration::from_secs(10);

impl Control {
    /// Whether this server has received no changes for so long that it admits nobody.
    pub fn is_isolated(&self) -> bool {
        self.contact.is_older_than(ADMITS_FOR)
    }

    /// Whether this server receives the changes of other servers.
    pub(crate) fn hears(&self) -> bool {
        !self.contact.is_older_than(READY_FOR)
    }

    /// Logs when isolation begins and ends.
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
