//! Writes of [internal operations](crate::internal).

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::OrganizationId;
use bailiwick_store::Tx;
use bailiwick_store::holds::Holds;

use crate::audit;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::internal::AnyOperation;

/// What a key must still be when its machine's write begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCheck {
    /// It must exist. Its rights may have changed, because the write does not use them.
    Exists,
    /// It must be as it was when it was admitted, and so must everything that its rights come from.
    Unchanged,
}

impl Cx {
    /// Begins a transaction of an internal operation.
    pub async fn write_internal(&self) -> Result<InternalWrite<'_>> {
        self.begin_internal(&Holds::default()).await
    }

    /// Begins a transaction of an agent or of a machine that enrols, with these locks, and checks its key. Such
    /// transactions of one organization run one after the other, and the key is checked after the one before
    /// has ended, because that one may have deleted it.
    pub async fn write_with_key(&self, holds: &Holds, check: KeyCheck) -> Result<InternalWrite<'_>> {
        let (Some(entry), Some(organization)) = (self.key(), self.organization()) else {
            return Err(Error::internal(format!(
                "{} is not run by an agent or a machine",
                self.operation.id()
            )));
        };
        let mut write = self.begin_internal(holds).await?;
        write.tx.lock_organization(organization.id).await?;
        match write.tx.key_stamp(entry.id()).await? {
            None => return Err(Error::CredentialUnknown),
            Some(stamp) if check == KeyCheck::Unchanged && stamp != entry.stamp() => {
                return Err(Error::KeyChanged);
            }
            Some(_) => entry.check_state(self.now(), self.origin.address)?,
        }
        Ok(write)
    }

    async fn begin_internal(&self, holds: &Holds) -> Result<InternalWrite<'_>> {
        match self.operation {
            AnyOperation::Internal(_) => {
                Ok(InternalWrite { cx: self, tx: self.store.begin_holding(holds).await? })
            }
            AnyOperation::Public(listing) => {
                Err(Error::internal(format!("{} is not an internal operation", listing.spec.id)))
            }
        }
    }
}

/// A transaction of an internal operation. It may have an audit entry in each organization that it changes,
/// and has none if it changes nothing that the audit trail records.
pub struct InternalWrite<'a> {
    cx: &'a Cx,
    tx: Tx,
}

impl InternalWrite<'_> {
    /// The transaction. It is lent, so that only [`commit`](Self::commit) can make it permanent.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Adds an entry to the audit trail of an organization, or of the server as a whole.
    pub async fn audit(
        &mut self,
        organization: Option<OrganizationId>,
        targets: Vec<Target>,
        note: Option<String>,
    ) -> Result<()> {
        let event = self.cx.allowed(self.cx.actor(), organization, targets, note);
        audit::append(&mut self.tx, event).await
    }

    /// Commits the change with its audit entries, and applies it to this server's memory. If that fails, it is
    /// an error although the change is committed: a machine that got a key would be refused with it, so it must
    /// ask again.
    pub async fn commit(self) -> Result<()> {
        let changes = self.tx.commit().await?;
        self.cx.control.refresh(&changes).await
    }
}
