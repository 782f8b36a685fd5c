//! Admission: turns a credential and an operation into a [`Cx`] or a refusal.

mod deputy;

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome};
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::{BadKey, KeyKind, KeyText};
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::session::Token;
use bailiwick_domain::time::Timestamp;

use crate::control::Control;
use crate::cx::visitor::Arrival;
use crate::cx::who::Who;
use crate::cx::{Caller, Cx, Origin};
use crate::error::{Error, Result};
use crate::memory::keyring::KeyEntry;
use crate::shape::listing::Listing;
use crate::shape::spec::{Access, Tenancy};

/// For how long after its last use a used-up key still works, in seconds: a machine whose answer was
/// lost asks again.
const LOST_ANSWER_SECONDS: i64 = 600;

/// The credential that a client presented.
#[derive(Debug)]
pub enum Credential {
    /// No credential.
    None,
    /// A well-formed key. Its secret is not yet verified.
    Key(KeyText),
    /// A well-formed session token. Not yet looked up.
    Session(Token),
    /// A malformed key.
    Malformed(BadKey),
}

/// The parts of a request that admission needs.
#[derive(Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The client's address.
    pub address: IpAddr,
    /// The credential.
    pub credential: Credential,
    /// The organization that the request names.
    pub organization: Option<OrganizationRef>,
    /// The revisions in the `If-Match` header; `None` if any revision will do.
    pub if_match: Option<Vec<Revision>>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

impl Control {
    /// Admits a request to an operation, or refuses it. Does no I/O.
    pub fn admit(self: &Arc<Self>, operation: &Listing, request: Request) -> Result<Cx> {
        let spec = operation.spec;
        let Request { id, address, credential, organization, if_match, user_agent } = request;
        let now = self.clock.now();
        if spec.access != Access::Open {
            // What this server has in memory about keys and people may be outdated.
            self.check_admits()?;
        }
        let caller = match (spec.access, credential) {
            (Access::Open | Access::ByProof, _) => Caller::Anybody,
            (_, Credential::None) => return Err(Error::CredentialMissing),
            (_, Credential::Malformed(error)) => return Err(Error::CredentialMalformed(error)),
            (_, Credential::Key(presented)) => {
                let entry = self.keyring.identify(&presented, now).ok_or(Error::CredentialUnknown)?;
                match self.admit_key(operation, &entry, now, address, organization.as_ref()) {
                    Ok(caller) => {
                        self.keyring.note_use(&entry, now, address, spec.id);
                        caller
                    }
                    Err(error) => {
                        self.audit_refusal(spec.id, &Who::Key(entry), address, id, &error);
                        return Err(error);
                    }
                }
            }
            (_, Credential::Session(token)) => {
                let found = self.people.session(token.digest(), now);
                let found = found.filter(|(entry, user)| !self.is_refused_session(entry.session.id, user.id));
                let (session, user) = found.ok_or(Error::SessionEnded)?;
                let who = Who::Person(Arc::clone(&session));
                let arrival = Arrival { session, user };
                match self.admit_person(operation, arrival, organization.as_ref()) {
                    Ok(caller) => caller,
                    Err(error) => {
                        self.audit_refusal(spec.id, &who, address, id, &error);
                        return Err(error);
                    }
                }
            }
        };
        Ok(Cx::new(
            Arc::clone(self),
            spec,
            caller,
            Origin { request_id: id, address: Some(address), if_match, user_agent },
        ))
    }

    /// Admits the key of an agent, or of a machine that enrols, to a conversation; or refuses it. Does no I/O.
    pub fn admit_agent(
        &self,
        key: &KeyText,
        address: IpAddr,
        request: RequestId,
        operation: &'static str,
    ) -> Result<Arc<KeyEntry>> {
        let now = self.clock.now();
        let entry = self.keyring.identify(key, now).ok_or(Error::CredentialUnknown)?;
        let is_spent = entry.is_spent(now.plus_seconds(-LOST_ANSWER_SECONDS));
        let refused = if is_spent { Err(Error::EnrolmentUsedUp) } else { Ok(()) };
        let state = entry.check_state(now, address).and_then(|()| self.check_not_refused(&entry));
        if let Err(error) = state.and(refused) {
            self.audit_refusal(operation, &Who::Key(entry), address, request, &error);
            return Err(error);
        }
        // An organization that is deleted takes its keys with it.
        let is_there = entry.organization.is_some_and(|id| self.directory.by_id(id).is_some());
        if is_there { Ok(entry) } else { Err(Error::CredentialUnknown) }
    }

    /// Notes in the audit trail that a known agent, or a machine that enrols, was refused.
    pub fn audit_refusal_of_agent(
        &self,
        operation: &'static str,
        entry: &Arc<KeyEntry>,
        address: IpAddr,
        request: RequestId,
        error: &Error,
    ) {
        self.audit_refusal(operation, &Who::Key(Arc::clone(entry)), address, request, error);
    }

    fn admit_key(
        &self,
        operation: &Listing,
        entry: &Arc<KeyEntry>,
        now: Timestamp,
        address: IpAddr,
        named: Option<&OrganizationRef>,
    ) -> Result<Caller> {
        let spec = operation.spec;
        entry.check_state(now, address)?;
        self.check_not_refused(entry)?;
        if matches!(entry.key().kind, KeyKind::Agent | KeyKind::Enrol) {
            return Err(Error::AgentsOnly);
        }
        let rate = match &entry.limiter {
            Some(limiter) => Some(limiter.take(spec.cost).map_err(Error::RateLimited)?),
            None => None,
        };
        match spec.access {
            Access::Person => return Err(Error::PersonOnly),
            Access::Root if entry.key().kind != KeyKind::Root => return Err(Error::RootOnly),
            Access::Scoped | Access::Root if !entry.grants.contains(operation.index) => {
                return Err(Error::ScopeMissing(spec.scope()));
            }
            _ => {}
        }
        let organization = match (named, entry.organization) {
            (Some(name), _) => {
                let found = self.organization(name).filter(|o| entry.touches(o.id));
                Some(found.ok_or_else(|| Error::not_found("organization", name))?)
            }
            // An organization that is deleted takes its keys with it.
            (None, Some(own)) => Some(self.directory.by_id(own).ok_or(Error::CredentialUnknown)?),
            (None, None) if spec.tenancy == Tenancy::Required => return Err(Error::OrganizationRequired),
            (None, None) => None,
        };
        entry.require_extent(spec.extent)?;
        Ok(Caller::Key { entry: Arc::clone(entry), organization, rate })
    }

    fn admit_person(
        &self,
        operation: &Listing,
        arrival: Arrival,
        named: Option<&OrganizationRef>,
    ) -> Result<Caller> {
        let spec = operation.spec;
        let organization = match named {
            Some(name) => {
                Some(self.organization(name).ok_or_else(|| Error::not_found("organization", name))?)
            }
            None => arrival.only_organization().and_then(|id| self.directory.by_id(id)),
        };
        let within = organization.as_ref().map(|o| o.id);
        let visitor = arrival.visit(operation, within, &self.people, self.listings);
        let visitor = visitor.map_err(|error| match (error, named) {
            // Show the name as the caller gave it: an id would reveal that the organization exists.
            (Error::NotFound { noun, .. }, Some(name)) => Error::not_found(noun, name),
            (error, _) => error,
        })?;
        if spec.tenancy == Tenancy::Required && organization.is_none() {
            return Err(Error::OrganizationRequired);
        }
        visitor.require(operation)?;
        Ok(Caller::Person { visitor: Box::new(visitor), organization })
    }

    /// Notes in the audit trail that a known caller was refused. Limited per caller, and by how many
    /// refusals wait to be written.
    pub(crate) fn audit_refusal(
        &self,
        operation: &'static str,
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
            operation: operation.into(),
            targets: Vec::new(),
            outcome: Outcome::Denied,
            reason: Some(match error {
                Error::ScopeMissing(scope) => format!("{}: {scope}", error.code()),
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
