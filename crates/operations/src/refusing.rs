//! Takes rights away: whoever has them is refused at once, and then it is written.

use std::future::Future;
use std::sync::Arc;

use bailiwick_domain::id::{OrganizationId, SessionId, UserId};
use bailiwick_store::change::Change;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;
use crate::refused::Refusal;

impl Control {
    /// Refuses somebody at once, and then writes that they have no rights any more. If that fails, they
    /// are refused no more; but if the database takes nothing at all, this server goes on refusing
    /// them until it hears otherwise.
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

    /// Refuses a key that is to be refused already.
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

    /// Whether an organization is to be refused already.
    pub(crate) fn is_refused_organization(&self, id: OrganizationId) -> bool {
        self.refused.contains(|| Change::Organization(id))
    }

    /// Whether a session or its user is to be refused already.
    pub(crate) fn is_refused_session(&self, session: SessionId, user: UserId) -> bool {
        self.refused.contains(|| Change::Session(session)) || self.refused.contains(|| Change::User(user))
    }
}
