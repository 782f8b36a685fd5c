//! Isolation: whether this server still receives the changes of other servers. If it does not, it must
//! not admit keys any more, because they may have been revoked elsewhere. It must not admit them with a
//! wrong clock either, because it cannot tell which keys and sessions have expired.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::health::trouble::Trouble;

/// How long a server stays ready after the last proof that it receives changes. The feed gives a proof
/// at least every seven seconds.
const READY_FOR: Duration = Duration::from_secs(8);
/// How long a server still admits requests after the last proof.
const ADMITS_FOR: Duration = Duration::from_secs(10);

impl Control {
    /// Whether several organizations share this server.
    pub fn has_several_organizations(&self) -> bool {
        self.directory.len() > 1
    }

    /// Whether this server has received no changes for so long that it admits nobody.
    pub(crate) fn is_isolated(&self) -> bool {
        self.contact.is_older_than(ADMITS_FOR)
    }

    /// Whether this server may admit callers now. It must not while it is isolated, or while its clock
    /// differs from the database's.
    pub fn admits(&self) -> bool {
        self.check_admits().is_ok()
    }

    /// Whether this server's memory may lack keys that are valid: it is isolated, its database is in trouble,
    /// or changes could not be read.
    pub fn may_lack_keys(&self) -> bool {
        self.trouble().is_some() || self.is_isolated() || self.stale.load(Ordering::Acquire)
    }

    /// The refusal of every caller if this server may [admit](Self::admits) none now.
    pub fn check_admits(&self) -> Result<()> {
        if self.is_isolated() {
            return Err(Error::Unavailable);
        }
        match self.trouble() {
            Some(trouble @ Trouble::ClocksDiffer) => Err(Error::NotReady(trouble)),
            _ => Ok(()),
        }
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
                "this server does not receive the changes of other servers from the database: until it \
                 does, it refuses requests and sends agents to other servers"
            );
        } else {
            tracing::info!("this server receives the changes of other servers again and admits requests");
        }
    }
}
