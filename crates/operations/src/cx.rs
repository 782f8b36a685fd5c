//! What an operation runs with, and the proof that its caller may.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::organization::Organization;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::idempotency::{Known, Request as KnownRequest};
use bailiwick_store::{Store, Tx};
use serde::Serialize;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;
use crate::limiter::RateState;
use crate::listing::Listings;
use crate::spec::{Access, Spec};

/// How a request is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// What the client sent as `Idempotency-Key`.
    pub key: String,
    /// A digest of the input.
    pub fingerprint: String,
}

/// Who is asking.
pub(crate) enum Caller {
    /// Anybody: the operation is open.
    Anybody,
    /// A key that may.
    Key { entry: Arc<KeyEntry>, organization: Option<Arc<Organization>>, rate: Option<RateState> },
}

/// What an operation runs with. It is made only by [admission](Control::admit), for one operation,
/// so to have one is to be allowed.
pub struct Cx {
    control: Arc<Control>,
    spec: &'static Spec,
    caller: Caller,
    request_id: RequestId,
    address: IpAddr,
    if_match: Option<Vec<Revision>>,
    idempotency: Option<Idempotency>,
}

impl Cx {
    pub(crate) const fn new(
        control: Arc<Control>,
        spec: &'static Spec,
        caller: Caller,
        request_id: RequestId,
        address: IpAddr,
        if_match: Option<Vec<Revision>>,
    ) -> Self {
        Self { control, spec, caller, request_id, address, if_match, idempotency: None }
    }

    /// The same for a request that is known again if it is sent twice.
    #[must_use]
    pub fn known_by(self, idempotency: Idempotency) -> Self {
        Self { idempotency: Some(idempotency), ..self }
    }

    /// Whether it was made for an operation.
    pub(crate) fn is_for(&self, spec: &'static Spec) -> bool {
        self.spec.id == spec.id
    }

    /// The control plane.
    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// Every operation, as data.
    pub(crate) fn listings(&self) -> &'static Listings {
        self.control.listings
    }

    /// The database, to read.
    pub(crate) fn store(&self) -> &Store {
        &self.control.store
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.control.clock.now()
    }

    /// The clock.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.control.clock
    }

    /// The random source.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.control.entropy
    }

    /// What is left of the caller's rate limit, for the answer's headers.
    pub const fn rate(&self) -> Option<RateState> {
        match &self.caller {
            Caller::Key { rate, .. } => *rate,
            Caller::Anybody => None,
        }
    }

    /// Who is asking, for logs.
    pub fn actor(&self) -> Actor {
        match &self.caller {
            Caller::Key { entry, .. } => Actor::Key { id: entry.id() },
            Caller::Anybody => Actor::Anonymous,
        }
    }

    /// The key that is asking.
    pub(crate) fn key(&self) -> Result<&Arc<KeyEntry>> {
        match &self.caller {
            Caller::Key { entry, .. } => Ok(entry),
            Caller::Anybody => Err(Error::CredentialMissing),
        }
    }

    /// The organization that the request is within: named, or the key's own.
    pub(crate) fn organization(&self) -> Option<&Arc<Organization>> {
        match &self.caller {
            Caller::Key { organization, .. } => organization.as_ref(),
            Caller::Anybody => None,
        }
    }

    /// What the caller touches, over organizations; only the one that was named, if one was.
    pub(crate) fn reach(&self) -> Result<Reach> {
        let mut reach = self.key()?.reach();
        if let Some(organization) = self.organization() {
            reach.organizations = Some([organization.id].into());
        }
        Ok(reach)
    }

    /// What the caller touches within the organization of the request.
    pub(crate) fn organization_reach(&self) -> Result<OrganizationReach> {
        let organization = self.organization().ok_or(Error::OrganizationRequired)?;
        self.key()?
            .reach()
            .within(organization.id)
            .ok_or_else(|| Error::not_found("organization", organization.id))
    }

    /// Refuses if the request expects another revision than the current one. `current` is what
    /// the caller is then shown.
    pub(crate) fn require_match<T: Serialize>(&self, current: &T, revision: Revision) -> Result<()> {
        match &self.if_match {
            Some(expected) if !expected.contains(&revision) => {
                Err(Error::Changed { current: serde_json::to_value(current).ok(), revision: Some(revision) })
            }
            _ => Ok(()),
        }
    }

    /// Refuses if the key was changed or deleted, or has expired, since it was admitted: the body
    /// may have taken its time to arrive, and the writer before this one too.
    async fn require_same_key(&self, tx: &mut Tx) -> Result<()> {
        let entry = self.key()?;
        match tx.key_revision(entry.id()).await? {
            None => return Err(Error::CredentialUnknown),
            Some(revision) if revision != entry.key().revision => return Err(Error::KeyChanged),
            Some(_) => {}
        }
        entry.check_state(self.now(), self.address)
    }

    /// Whom and what a refusal is to be told of, for the audit trail.
    pub(crate) fn witness(&self) -> Option<Witness> {
        let entry = Arc::clone(self.key().ok()?);
        let control = Arc::clone(&self.control);
        Some(Witness { control, entry, address: self.address, request_id: self.request_id })
    }

    /// Begins to write. If the request is a repeated one, it ends here with the answer it had.
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        debug_assert!(self.spec.access != Access::Open, "an open operation writes nothing");
        let mut tx = self.control.store.begin().await?;
        self.require_same_key(&mut tx).await?;
        let request = self.idempotency.as_ref().map(|idempotency| KnownRequest {
            actor: self.actor(),
            idempotency_key: idempotency.key.clone(),
            operation: self.spec.id,
            fingerprint: idempotency.fingerprint.clone(),
        });
        if let Some(request) = &request {
            match tx.claim(request, self.now()).await? {
                Known::New => {}
                Known::Done(Some(answer)) => return Err(Error::Replay(answer)),
                Known::Done(None) => return Err(Error::AnswerShownOnce),
                Known::Other => return Err(Error::IdempotencyKeyReused),
            }
        }
        Ok(Write { cx: self, tx, request, note: None })
    }
}

/// Who asked for what is being done, kept until it is known whether it was refused.
pub(crate) struct Witness {
    pub(crate) control: Arc<Control>,
    pub(crate) entry: Arc<KeyEntry>,
    pub(crate) address: IpAddr,
    pub(crate) request_id: RequestId,
}

/// A change being made. It becomes true at [`Write::commit`], which audits it, and not before.
pub(crate) struct Write<'a> {
    cx: &'a Cx,
    /// The transaction.
    pub(crate) tx: Tx,
    request: Option<KnownRequest>,
    note: Option<String>,
}

impl Write<'_> {
    /// With a note in the audit trail: what its targets do not tell, as they are too many.
    pub(crate) fn noting(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Commits in the organization of the request (or the server as a whole).
    pub(crate) async fn commit<T: Serialize>(self, targets: Vec<Target>, output: T) -> Result<T> {
        let organization = self.cx.organization().map(|o| o.id);
        self.commit_in(organization, targets, output).await
    }

    /// Commits what was done, together with its audit entry and the answer for a repeated request,
    /// and takes it into this server's memory before anybody is answered.
    pub(crate) async fn commit_in<T: Serialize>(
        mut self,
        organization: Option<OrganizationId>,
        targets: Vec<Target>,
        output: T,
    ) -> Result<T> {
        let cx = self.cx;
        if let Some(request) = &self.request {
            let answer = if cx.spec.answers_secret {
                None
            } else {
                Some(serde_json::to_string(&output).map_err(Error::internal)?)
            };
            self.tx.keep_answer(request, answer).await?;
        }
        self.tx
            .append_audit(Event {
                at: cx.now(),
                actor: cx.actor(),
                organization_id: organization,
                operation: cx.spec.id.into(),
                targets,
                outcome: Outcome::Allowed,
                reason: self.note,
                address: Some(cx.address),
                request_id: Some(cx.request_id),
            })
            .await?;
        let changes = self.tx.commit().await?;
        if let Err(error) = cx.control.refresh(&changes).await {
            // It is done, and the caller is told so; the memory follows as soon as it can.
            tracing::error!(error = &error as &dyn std::error::Error, "the memory could not be refreshed");
        }
        Ok(output)
    }
}
