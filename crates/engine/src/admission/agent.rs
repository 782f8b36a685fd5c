//! Admission of agents, and of machines that enrol.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::KeyText;

use crate::control::Control;
use crate::cx::who::Who;
use crate::cx::{Caller, Cx, Origin};
use crate::error::{Error, Result};
use crate::internal::{AnyOperation, Internal};

/// For how long after its last use a used-up key still works, in seconds: a machine whose answer was
/// lost asks again.
const LOST_ANSWER_SECONDS: i64 = 600;

impl Control {
    /// Admits the key of an agent, or of a machine that enrols, or refuses it.
    pub(super) fn admit_agent(
        self: &Arc<Self>,
        key: &KeyText,
        address: IpAddr,
        request_id: RequestId,
        operation: &'static Internal,
    ) -> Result<Cx> {
        self.check_admits()?;
        let now = self.clock.now();
        let entry = self.keyring.identify(key, now).ok_or(Error::CredentialUnknown)?;
        let is_spent = entry.is_spent(now.plus_seconds(-LOST_ANSWER_SECONDS));
        let refused = if is_spent { Err(Error::EnrolmentUsedUp) } else { Ok(()) };
        let state = entry.check_state(now, address).and_then(|()| self.check_not_refused(&entry));
        if let Err(error) = state.and(refused) {
            self.audit_refusal(operation.id, &Who::Key(entry), address, request_id, &error);
            return Err(error);
        }
        // An organization that is deleted takes its keys with it.
        let organization = entry.organization.and_then(|id| self.directory.by_id(id));
        let organization = Some(organization.ok_or(Error::CredentialUnknown)?);
        let origin =
            Origin { request_id: Some(request_id), address: Some(address), if_match: None, user_agent: None };
        let caller = Caller::Key { entry, organization, rate: None };
        Ok(Cx::new(Arc::clone(self), operation.into(), caller, origin))
    }

    /// Admits an agent, or a machine that enrols, to what an internal operation of its own leads to. Its key
    /// was checked when it connected, and [`Cx::write_with_key`] checks it again in the transaction.
    pub(super) fn admit_further(&self, cx: &Cx, operation: &'static Internal) -> Result<Cx> {
        let further = match cx.operation() {
            AnyOperation::Internal(_) => cx.for_other(operation.into()),
            AnyOperation::Public(_) => None,
        };
        further.ok_or_else(|| super::not_theirs(operation.into()))
    }
}
