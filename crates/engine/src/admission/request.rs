//! Admission of requests, with a key, with a session, or without a credential.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::key::KeyKind;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::time::Timestamp;

use crate::admission::{Credential, Request};
use crate::control::Control;
use crate::cx::visitor::Arrival;
use crate::cx::who::Who;
use crate::cx::{Caller, Cx, Origin};
use crate::error::{Error, Result};
use crate::memory::keyring::KeyEntry;
use crate::shape::listing::Listing;
use crate::shape::spec::{Access, Tenancy};

impl Control {
    /// Admits a request to an operation, or refuses it.
    pub(super) fn admit_request(
        self: &Arc<Self>,
        operation: &'static Listing,
        request: Request,
    ) -> Result<Cx> {
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
                        self.keyring.note_use(&entry, now, address, operation);
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
            operation.into(),
            caller,
            Origin { request_id: Some(id), address: Some(address), if_match, user_agent },
        ))
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
                return Err(entry.lacks(operation, self.listings));
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
}
