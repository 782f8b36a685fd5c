//! The caller that was refused, for the audit trail.

use std::sync::Arc;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::outside::Clock;

use crate::limiter::Limiter;
use crate::memory::keyring::{AUDITED_REFUSALS, KeyEntry};
use crate::memory::people::SessionEntry;

/// The caller that was refused.
pub(crate) enum Who {
    /// A key.
    Key(Arc<KeyEntry>),
    /// A user, by their session.
    Person(Arc<SessionEntry>),
}

impl Who {
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Key(entry) => Actor::Key { id: entry.id() },
            Self::Person(entry) => Actor::User { id: entry.session.user_id },
        }
    }

    pub(crate) fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Key(entry) => entry.organization,
            Self::Person(_) => None,
        }
    }

    /// Whether one more refusal may go to the audit trail. Limited, so that nobody can fill the disk by
    /// being refused.
    pub(crate) fn may_audit_refusal(&self, clock: &Arc<dyn Clock>) -> bool {
        let refusals = match self {
            Self::Key(entry) => entry.refusals(),
            Self::Person(entry) => &entry.refusals,
        };
        let mut refusals = refusals.lock();
        let limiter =
            refusals.get_or_insert_with(|| Arc::new(Limiter::new(AUDITED_REFUSALS, Arc::clone(clock))));
        limiter.take(1).is_ok()
    }
}
