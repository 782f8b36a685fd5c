//! Refusals for the audit trail. They wait in memory and are written in batches.

use std::net::IpAddr;

use bailiwick_domain::audit::{Event, Outcome};
use bailiwick_domain::id::RequestId;

use crate::control::Control;
use crate::cx::who::Who;
use crate::error::Error;
use crate::shape::operation_id::OperationId;

impl Control {
    /// Notes in the audit trail that a known caller was refused. Limited per caller, and by how many
    /// refusals wait to be written.
    pub(crate) fn audit_refusal(
        &self,
        operation: OperationId,
        who: &Who,
        address: IpAddr,
        request: RequestId,
        error: &Error,
    ) {
        if matches!(error, Error::RateLimited(_)) || !who.may_audit_refusal(&self.clock) {
            return;
        }
        self.note_refusal(Event {
            at: self.clock.now(),
            actor: who.actor(),
            organization_id: who.organization(),
            operation: operation.as_str().into(),
            targets: Vec::new(),
            outcome: Outcome::Denied,
            reason: Some(match error {
                Error::ScopeMissing(scope) | Error::ScopeWithheld(scope) => {
                    format!("{}: {scope}", error.code())
                }
                _ => error.code().to_owned(),
            }),
            address: Some(address),
            request_id: Some(request),
        });
    }

    /// Queues a refusal for the audit trail, if there is room.
    pub fn note_refusal(&self, event: Event) {
        if let Err(refused) = self.refusals.try_send(event) {
            let event = refused.into_inner();
            tracing::warn!(actor = %event.actor.as_text(), operation = %event.operation, "a refusal was not audited because too many refusals are waiting");
        }
    }
}
