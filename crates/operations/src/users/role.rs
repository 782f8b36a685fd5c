//! Who may hand on a role, or have to do with whom.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::user::User;

use crate::authority::Heir;
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::spec::Extent;

impl Cx {
    /// Whether the caller has all that a role opens, and so may give it or take it away.
    pub(super) fn has_all_of(&self, role: RoleRef, organization: OrganizationId) -> Result<bool> {
        let held = self.control().people.held(role, organization);
        let held = held.ok_or_else(|| Error::invalid("role", format!("there is no role {role}")))?;
        Ok(self.exceeding(held.scopes.iter(), &held.reach, Heir::Person)?.is_empty())
    }

    /// Refuses to give or to replace a role that opens more than the caller may.
    pub(super) fn require_role_within_own(&self, role: RoleRef, organization: OrganizationId) -> Result<()> {
        if self.has_all_of(role, organization)? {
            return Ok(());
        }
        let detail = format!("the role {role} opens more than the caller may");
        Err(Error::GrantExceedsOwn(vec![FieldError::new("role", detail)]))
    }

    /// Refuses whoever is not above all organizations.
    pub(super) fn require_above_all(&self) -> Result<()> {
        if !self.is_root() {
            return Err(Error::RootOnly);
        }
        self.authority()?.require_extent(Extent::Everything)
    }

    /// Refuses whoever may less than a server administrator.
    pub(super) fn require_all_of_an_administrator(&self) -> Result<()> {
        self.require_above_all()?;
        if self.authority()?.covers(&Scope::EVERYTHING, Heir::Person, self.listings()) {
            return Ok(());
        }
        Err(Error::ScopeMissing(Scope::EVERYTHING))
    }

    /// Refuses to become somebody who may more than the caller: with all their memberships.
    pub(super) fn require_no_less_than(&self, user: &User) -> Result<()> {
        if user.server_administrator {
            return self.require_all_of_an_administrator();
        }
        for membership in &user.memberships {
            if !self.has_all_of(membership.role, membership.organization_id)? {
                // Which role it is, and where, may be nothing that the caller may know.
                let detail = "they may more than the caller may";
                return Err(Error::GrantExceedsOwn(vec![FieldError::new("user", detail)]));
            }
        }
        Ok(())
    }
}
