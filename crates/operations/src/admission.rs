//! Admission: the one door. A credential and an operation go in; a [`Cx`] or a refusal comes out.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome};
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::{Actor, BadKey, KeyKind, KeyText};
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use crate::control::Control;
use crate::cx::{Caller, Cx};
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;
use crate::listing::Listing;
use crate::spec::{Access, Extent, Tenancy};

/// What a client presented to say who it is.
#[derive(Debug)]
pub enum Credential {
    /// Nothing.
    None,
    /// A key, well formed. It proves nothing yet.
    Key(KeyText),
    /// Something that is no key.
    Malformed(BadKey),
}

/// A request, as far as admission goes.
#[derive(Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Where it comes from.
    pub address: IpAddr,
    /// Who it says it is from.
    pub credential: Credential,
    /// The organization it names.
    pub organization: Option<OrganizationRef>,
    /// The revisions that it takes the object to be at; `None` for any.
    pub if_match: Option<Vec<Revision>>,
}

impl Control {
    /// Admits a request to an operation, or refuses it. No I/O.
    pub fn admit(self: &Arc<Self>, operation: &Listing, request: Request) -> Result<Cx> {
        let spec = operation.spec;
        let Request { id, address, credential, organization, if_match } = request;
        let caller = if spec.access == Access::Open {
            Caller::Anybody
        } else {
            let presented = match credential {
                Credential::None => return Err(Error::CredentialMissing),
                Credential::Malformed(error) => return Err(Error::CredentialMalformed(error)),
                Credential::Key(key) => key,
            };
            let now = self.clock.now();
            let entry = self.keyring.identify(&presented, now).ok_or(Error::CredentialUnknown)?;
            match self.admit_key(operation, &entry, now, address, organization.as_ref()) {
                Ok(caller) => {
                    self.keyring.note_use(&entry, now, address, spec.id);
                    caller
                }
                Err(error) => {
                    self.audit_refusal(operation, &entry, address, id, &error);
                    return Err(error);
                }
            }
        };
        Ok(Cx::new(Arc::clone(self), spec, caller, id, address, if_match))
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
        let rate = match &entry.limiter {
            Some(limiter) => Some(limiter.take(spec.cost).map_err(Error::RateLimited)?),
            None => None,
        };
        if spec.access == Access::Root && entry.key().kind != KeyKind::Root {
            return Err(Error::RootOnly);
        }
        if spec.access != Access::AnyKey && !entry.grants.contains(operation.index) {
            return Err(Error::ScopeMissing(spec.scope()));
        }
        let organization = match (named, entry.organization) {
            (Some(name), _) => {
                let found = self.organization(name).filter(|o| entry.touches(o.id));
                Some(found.ok_or_else(|| Error::not_found("organization", name))?)
            }
            // An organization that is gone from the directory took its keys with it.
            (None, Some(own)) => Some(self.directory.by_id(own).ok_or(Error::CredentialUnknown)?),
            (None, None) if spec.tenancy == Tenancy::Required => return Err(Error::OrganizationRequired),
            (None, None) => None,
        };
        require_extent(spec.extent, entry)?;
        Ok(Caller::Key { entry: Arc::clone(entry), organization, rate })
    }

    /// Notes in the audit trail that a known key was refused. Bounded: by key, and by what waits.
    pub(crate) fn audit_refusal(
        &self,
        operation: &Listing,
        entry: &KeyEntry,
        address: IpAddr,
        request: RequestId,
        error: &Error,
    ) {
        if matches!(error, Error::RateLimited(_)) || !entry.may_audit_refusal(&self.clock) {
            return;
        }
        let event = Event {
            at: self.clock.now(),
            actor: Actor::Key { id: entry.id() },
            organization_id: entry.organization,
            operation: operation.spec.id.into(),
            targets: Vec::new(),
            outcome: Outcome::Denied,
            reason: Some(match error {
                Error::ScopeMissing(scope) => format!("{}: {scope}", error.code()),
                _ => error.code().to_owned(),
            }),
            address: Some(address),
            request_id: Some(request),
        };
        if self.refusals.try_send(event).is_err() {
            tracing::warn!(key = %entry.id(), operation = operation.spec.id, "a refusal is not audited: too many wait");
        }
    }
}

/// Refuses a key that reaches less than an operation must touch.
pub(crate) fn require_extent(extent: Extent, entry: &KeyEntry) -> Result<()> {
    let reach = &entry.key().reach;
    match extent {
        Extent::Any => Ok(()),
        Extent::WholeOrganization | Extent::Everything if reach.is_partial() => {
            Err(Error::ReachTooNarrow("this touches the whole organization, the key only a part of it"))
        }
        Extent::WholeOrganization => Ok(()),
        Extent::Everything if entry.organization.is_none() && reach.organizations.is_none() => Ok(()),
        Extent::Everything => Err(Error::ReachTooNarrow("this touches more than the key's organizations")),
    }
}
