//! The transaction of an operation: begun by [`Cx::write`], made permanent and audited by
//! [`Write::commit`].

use std::future::Future;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::Actor;
use bailiwick_store::change::Change;
use bailiwick_store::holds::Holds;
use bailiwick_store::idempotency::{Claim, Request as KnownRequest};
use bailiwick_store::{Error as StoreError, Tx};
use serde::Serialize;

use super::{Caller, Cx, Idempotency};
use crate::audit;
use crate::error::{Error, Result};
use crate::shape::spec::{Access, Spec};

/// A transaction of an operation. [`Write::commit`] makes it permanent and audits it.
pub struct Write<'a> {
    cx: &'a Cx,
    spec: &'static Spec,
    tx: Tx,
    request: Option<KnownRequest>,
    actor: Actor,
    note: Option<String>,
}

impl Write<'_> {
    /// The transaction. It is lent, so that only [`commit`](Self::commit) can make it permanent.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Attributes the change to an actor who has proved their identity with the input.
    #[must_use]
    pub fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// Adds a note to the audit entry, for what its targets do not say because they are too many.
    #[must_use]
    pub fn noting(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// The transaction again after a write. If the write failed because a value must be unique and another
    /// object has it, ends the transaction, and then returns the error that `taken` finds.
    pub async fn unless_taken(
        self,
        written: Result<(), StoreError>,
        taken: impl Future<Output = Result<Error>>,
    ) -> Result<Self> {
        match written {
            Ok(()) => Ok(self),
            Err(StoreError::Taken) => {
                drop(self);
                Err(taken.await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Commits in the organization of the request, or for the server as a whole if there is none.
    pub async fn commit<T: Serialize>(self, targets: Vec<Target>, output: T) -> Result<T> {
        let organization = self.cx.organization().map(|o| o.id);
        self.commit_in(organization, targets, output).await
    }

    /// Commits the change together with its audit entry, if its operation has one, and the answer for a repeated request. Applies
    /// the change to this server's memory before the request is answered.
    pub async fn commit_in<T: Serialize>(
        mut self,
        organization: Option<OrganizationId>,
        targets: Vec<Target>,
        output: T,
    ) -> Result<T> {
        let cx = self.cx;
        if self.tx.lock_late().await? {
            cx.require_same_caller(&mut self.tx).await?;
        }
        if let Some(request) = &self.request {
            let answer = if self.spec.answers_secret {
                None
            } else {
                Some(serde_json::to_string(&output).map_err(Error::internal)?)
            };
            self.tx.keep_answer(request, answer).await?;
        }
        if !self.spec.unaudited {
            audit::append(&mut self.tx, cx.allowed(self.actor, organization, targets, self.note)).await?;
        }
        let changes = self.tx.commit().await?;
        if let Err(error) = cx.control.refresh(&changes).await {
            // The change is committed, and the caller is told so. The memory follows as soon as it can.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a change was stored, but this server could not reload it: until it can, it refuses the keys and people that the change is about"
            );
        }
        Ok(output)
    }
}

impl Cx {
    /// Begins a transaction. If the request is a repetition, this returns the earlier answer as an
    /// error.
    pub async fn write(&self) -> Result<Write<'_>> {
        self.write_holding(self.holds()).await
    }

    /// Begins a transaction that may take long, such as an import. A change of the caller's rights does not
    /// wait for it, but makes it fail. Otherwise like [`write`](Self::write).
    pub async fn write_long(&self) -> Result<Write<'_>> {
        let same = Self {
            control: Arc::clone(&self.control),
            operation: self.operation,
            caller: Arc::clone(&self.caller),
            origin: self.origin.clone(),
            idempotency: None,
            store: self.control.store.clone(),
        };
        let tx = self.store.begin_long(&self.holds(), Arc::new(move || same.still_holds())).await?;
        self.write_in(tx).await
    }

    /// Begins a transaction that changes rows which rights come from: a key, a session, a user, a role,
    /// an organization. Transactions that rely on those rights finish first, and no new ones begin
    /// meanwhile.
    pub async fn write_rights(&self, rights: impl IntoIterator<Item = Change>) -> Result<Write<'_>> {
        self.write_holding(self.holds().changing(rights)).await
    }

    /// The rows that the caller's rights come from, as locks.
    fn holds(&self) -> Holds {
        let mut rights = Vec::new();
        match &*self.caller {
            Caller::Key { entry, .. } => rights.extend(self.control.rights_of(entry)),
            Caller::Person { visitor, organization } => {
                rights.push(Change::Session(visitor.session.session.id));
                rights
                    .extend(self.control.rights_of_user(&visitor.user, organization.as_ref().map(|o| o.id)));
            }
            Caller::Deputy { deputy, organization } => {
                rights.extend(self.control.rights_of_user(&deputy.user, Some(organization.id)));
            }
            Caller::Anybody | Caller::Server => {}
        }
        rights.extend(self.organization().map(|o| Change::Organization(o.id)));
        Holds::default().using(rights)
    }

    async fn write_holding(&self, holds: Holds) -> Result<Write<'_>> {
        let (spec, store) = (self.spec()?, &self.store);
        let tx = if spec.takes_away {
            store.begin_taking_away(&holds).await?
        } else {
            store.begin_holding(&holds).await?
        };
        self.write_in(tx).await
    }

    async fn write_in(&self, mut tx: Tx) -> Result<Write<'_>> {
        let spec = self.spec()?;
        debug_assert!(spec.access != Access::Open, "an open operation writes nothing");
        self.require_same_caller(&mut tx).await?;
        let request = match &self.idempotency {
            Some(idempotency) => Some(self.claim(&mut tx, idempotency).await?),
            None => None,
        };
        Ok(Write { cx: self, spec, tx, request, actor: self.actor(), note: None })
    }

    /// Claims the idempotency key of a request, or returns the earlier answer as an error. The
    /// fingerprint that is stored is keyed with a pepper, so that it reveals nothing of the input,
    /// which may contain a password.
    async fn claim(&self, tx: &mut Tx, idempotency: &Idempotency) -> Result<KnownRequest> {
        let peppers = self.control.keyring.peppers();
        let current = peppers.current();
        // The first request may have been made under an older pepper.
        for version in [current].into_iter().chain(peppers.versions().filter(|v| *v != current)) {
            // The same request in another organization is a different request.
            let within = self.organization().map(|o| o.id.to_string()).unwrap_or_default();
            let whole = format!("{within}/{}", idempotency.fingerprint);
            let Some(fingerprint) = peppers.blind(version, &whole) else { continue };
            let request = KnownRequest {
                actor: self.actor(),
                idempotency_key: idempotency.key.clone(),
                operation: self.operation.id().as_str(),
                fingerprint,
            };
            match tx.claim(&request, self.now()).await? {
                Claim::New => return Ok(request),
                Claim::Done(Some(answer)) => return Err(Error::Replay(answer)),
                Claim::Done(None) => return Err(Error::AnswerShownOnce),
                Claim::Other => {}
            }
        }
        Err(Error::IdempotencyKeyReused)
    }

    /// The audit entry of what this operation did.
    pub(super) fn allowed(
        &self,
        actor: Actor,
        organization_id: Option<OrganizationId>,
        targets: Vec<Target>,
        note: Option<String>,
    ) -> Event {
        Event {
            at: self.now(),
            actor,
            organization_id,
            operation: self.operation.id().as_str().into(),
            targets,
            outcome: Outcome::Allowed,
            reason: note,
            address: self.origin.address,
            request_id: self.origin.request_id,
        }
    }
}
