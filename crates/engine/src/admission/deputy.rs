//! Admission for work that the server does for an absent key or user, with their rights.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{Actor, KeyKind};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::scope::Scope;

use crate::control::Control;
use crate::cx::{Caller, Cx, Deputy, Origin};
use crate::error::{Error, Result};
use crate::memory::people::Standing;
use crate::rights::authority::{Authority, require_extent};
use crate::rights::grants::Grants;
use crate::shape::listing::Listing;

impl Control {
    /// Admits a key or a user to an operation without a request from them. Refuses for every reason for
    /// which a request of theirs would be refused now, and charges a key's rate limit. A key's allowed
    /// networks are not checked: they apply to clients that use the key, not to the server.
    pub(super) fn admit_owner(
        self: &Arc<Self>,
        owner: &Actor,
        listing: &'static Listing,
        organization: OrganizationId,
    ) -> Result<Cx> {
        let spec = listing.spec;
        let gone = || Error::not_found("organization", organization);
        let within = self.directory.by_id(organization).ok_or_else(gone)?;
        let caller = match owner {
            Actor::Key { id } => {
                let entry = self.keyring.get(*id).ok_or(Error::CredentialUnknown)?;
                entry.check_state(self.clock.now(), None)?;
                self.check_not_refused(&entry)?;
                if !matches!(entry.key().kind, KeyKind::Org | KeyKind::Root) || !entry.touches(organization) {
                    return Err(gone());
                }
                if !entry.grants.contains(listing.index) {
                    return Err(Error::ScopeMissing(spec.scope()));
                }
                if let Some(limiter) = &entry.limiter {
                    limiter.take(spec.cost).map_err(Error::RateLimited)?;
                }
                entry.require_extent(spec.extent)?;
                // So that a key which only schedules use does not count as unused.
                self.keyring.note_use_here(&entry, self.clock.now(), listing);
                Caller::Key { entry, organization: Some(within), rate: None }
            }
            Actor::User { id } => {
                let user = self.people.user(*id).ok_or(Error::AccessOver)?;
                let (scopes, reach, role, is_root) = match self.people.standing(*id, Some(organization)) {
                    Standing::Administrator => ([Scope::EVERYTHING].into(), Reach::EVERYTHING, None, true),
                    Standing::Member(held) => (held.scopes, held.reach, held.revision, false),
                    Standing::Nobody => return Err(Error::AccessOver),
                };
                let grants = Grants::compile(&scopes, is_root, self.listings);
                if !grants.contains(listing.index) {
                    return Err(Error::ScopeMissing(spec.scope()));
                }
                require_extent(spec.extent, &reach)?;
                let authority = Authority { scopes: vec![scopes], withheld: BTreeSet::new(), reach, is_root };
                let deputy = Box::new(Deputy { user, grants, authority, role });
                Caller::Deputy { deputy, organization: within }
            }
            Actor::System | Actor::Anonymous => return Err(Error::AccessOver),
        };
        let origin = Origin {
            request_id: Some(self.new_request_id()),
            address: None,
            if_match: None,
            user_agent: None,
        };
        Ok(Cx::new(Arc::clone(self), listing.into(), caller, origin))
    }
}
