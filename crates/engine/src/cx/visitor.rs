//! A logged-in user as the caller of an operation.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::user::User;

use crate::error::{Error, Result};
use crate::memory::people::{Held, People, SessionEntry, Standing};
use crate::rights::authority::{Authority, require_extent};
use crate::rights::grants::Grants;
use crate::shape::listing::{Listing, Listings};
use crate::shape::spec::Access;

/// A logged-in user, with their rights in the organization of the request.
pub struct Visitor {
    pub session: Arc<SessionEntry>,
    pub user: Arc<User>,
    pub(crate) grants: Grants,
    pub(crate) authority: Authority,
    /// The revision of the user's role, if it is a custom role of the organization.
    pub(crate) role: Option<Revision>,
}

/// The session and the user of a request, before their rights are looked up.
pub(crate) struct Arrival {
    pub(crate) session: Arc<SessionEntry>,
    pub(crate) user: Arc<User>,
}

impl Arrival {
    /// The user's organization, if they are a member of exactly one: for requests that name none.
    pub(crate) fn only_organization(&self) -> Option<OrganizationId> {
        match self.user.memberships.as_slice() {
            [only] if !self.user.server_administrator => Some(only.organization_id),
            _ => None,
        }
    }

    /// Looks up the user's rights in an organization. If the request has no organization: their rights
    /// across all organizations in which their role opens the operation.
    pub(crate) fn visit(
        self,
        operation: &Listing,
        organization: Option<OrganizationId>,
        people: &People,
        listings: &Listings,
    ) -> Result<Visitor> {
        let Self { session, user } = self;
        if user.server_administrator {
            let authority = Authority::everything();
            let grants = Grants::compile(&authority.scopes[0], true, listings);
            return Ok(Visitor { session, user, grants, authority, role: None });
        }
        let held = match organization {
            Some(id) => match people.standing(user.id, Some(id)) {
                Standing::Member(held) => held,
                _ => return Err(Error::not_found("organization", id)),
            },
            None => over_all(operation, &user, people),
        };
        let grants = match organization {
            Some(_) => Grants::compile(&held.scopes, false, listings),
            // The operation itself was checked by `over_all`; these grants answer whether the user may
            // run other operations in any organization.
            None => Grants::compile(&somewhere(&user, people), false, listings),
        };
        let authority = Authority {
            scopes: vec![held.scopes],
            withheld: BTreeSet::new(),
            reach: held.reach,
            is_root: false,
        };
        Ok(Visitor { session, user, grants, authority, role: held.revision })
    }
}

/// The scopes that a user has in organizations which they reach as a whole.
fn somewhere(user: &User, people: &People) -> BTreeSet<Scope> {
    let held = user.memberships.iter().filter_map(|m| people.held(m.role, m.organization_id));
    held.filter(|held| !held.reach.is_partial()).flat_map(|held| held.scopes).collect()
}

/// A user's rights for an operation across all their organizations: it reaches those in which the
/// user's role opens it and is not limited to a part.
fn over_all(operation: &Listing, user: &User, people: &People) -> Held {
    let mut scopes = BTreeSet::new();
    let mut organizations = BTreeSet::new();
    for membership in &user.memberships {
        let Some(held) = people.held(membership.role, membership.organization_id) else { continue };
        let opens = held.scopes.iter().any(|scope| scope.permits(operation.spec.subject()));
        if opens && !held.reach.is_partial() {
            scopes.insert(operation.spec.scope());
            organizations.insert(membership.organization_id);
        }
    }
    Held { scopes, reach: Reach { organizations: Some(organizations), ..Reach::EVERYTHING }, revision: None }
}

impl Visitor {
    /// Refuses an operation that the user may not run.
    pub(crate) fn require(&self, operation: &Listing) -> Result<()> {
        let spec = operation.spec;
        match spec.access {
            Access::Root if !self.authority.is_root => Err(Error::RootOnly),
            Access::Root | Access::Scoped if !self.grants.contains(operation.index) => {
                Err(Error::ScopeMissing(spec.scope()))
            }
            _ => require_extent(spec.extent, &self.authority.reach),
        }
    }
}
