//! Taking rights away: requests are refused at once, before the change is written.

use std::future::Future;
use std::sync::Arc;

use bailiwick_domain::id::{OrganizationId, SessionId, UserId};
use bailiwick_store::change::Change;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::memory::keyring::KeyEntry;
use crate::memory::refused::Refusal;

impl Control {
    /// Refuses keys, users, sessions or organizations at once, and then runs `write`, which takes their
    /// rights away in the database. If the write fails, they are no longer refused. But if the database
    /// is away or full, this server goes on refusing them until it reads a newer state of them.
    pub(crate) async fn refusing<T>(
        self: &Arc<Self>,
        what: Vec<Change>,
        write: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if what.is_empty() {
            return write.await;
        }
        let refusal = Refusal::begin(&self.refused, what);
        let is_full = match write.await {
            Err(Error::Busy | Error::Unavailable) => false,
            Err(Error::StorageFull) => true,
            other => return other,
        };
        refusal.keep();
        Err(Error::RefusedUnwritten { is_full })
    }

    /// Refuses a key that is refused already, by itself or through its user or organization.
    pub(crate) fn check_not_refused(&self, entry: &KeyEntry) -> Result<()> {
        if self.refused.contains(|| Change::Key(entry.id())) {
            return Err(Error::KeyDisabled { until: None });
        }
        if entry.key().user.is_some_and(|id| self.refused.contains(|| Change::User(id))) {
            return Err(Error::AccessOver);
        }
        if entry.organization.is_some_and(|id| self.is_refused_organization(id)) {
            return Err(Error::CredentialUnknown);
        }
        Ok(())
    }

    /// Whether an organization is refused already.
    pub(crate) fn is_refused_organization(&self, id: OrganizationId) -> bool {
        self.refused.contains(|| Change::Organization(id))
    }

    /// Whether a session or its user is refused already.
    pub(crate) fn is_refused_session(&self, session: SessionId, user: UserId) -> bool {
        self.refused.contains(|| Change::Session(session)) || self.refused.contains(|| Change::User(user))
    }
}
