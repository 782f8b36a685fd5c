//! Checks of whether a caller may give a role, or act on another user.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::user::User;

use crate::authority::Heir;
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::spec::Extent;

impl Cx {
    /// Whether the caller has all rights of a role, and so may give it or take it away.
    pub(super) fn has_all_of(&self, role: RoleRef, organization: OrganizationId) -> Result<bool> {
        let held = self.control().people.held(role, organization);
        let held = held.ok_or_else(|| Error::invalid("role", format!("there is no role {role}")))?;
        Ok(self.exceeding(held.scopes.iter(), &held.reach, Heir::Person)?.is_empty())
    }

    /// Refuses to give or replace a role that opens more than the caller's rights.
    pub(super) fn require_role_within_own(&self, role: RoleRef, organization: OrganizationId) -> Result<()> {
        if self.has_all_of(role, organization)? {
            return Ok(());
        }
        let detail = format!("the role {role} grants permissions that the caller does not have");
        Err(Error::GrantExceedsOwn(vec![FieldError::new("role", detail)]))
    }

    /// Refuses callers that do not stand above all organizations.
    pub(super) fn require_above_all(&self) -> Result<()> {
        if !self.is_root() {
            return Err(Error::RootOnly);
        }
        self.authority()?.require_extent(Extent::Everything)
    }

    /// Refuses callers that have fewer rights than a server administrator.
    pub(super) fn require_all_of_an_administrator(&self) -> Result<()> {
        self.require_above_all()?;
        if self.authority()?.covers(&Scope::EVERYTHING, Heir::Person, self.listings()) {
            return Ok(());
        }
        Err(Error::ScopeMissing(Scope::EVERYTHING))
    }

    /// Refuses callers that have fewer rights than a user, counting all of the user's memberships: the
    /// caller could otherwise act as that user.
    pub(super) fn require_no_less_than(&self, user: &User) -> Result<()> {
        if user.server_administrator {
            return self.require_all_of_an_administrator();
        }
        for membership in &user.memberships {
            if !self.has_all_of(membership.role, membership.organization_id)? {
                // The caller may not be allowed to know which role it is, and where.
                let detail = "the user has permissions that the caller does not have";
                return Err(Error::GrantExceedsOwn(vec![FieldError::new("user", detail)]));
            }
        }
        Ok(())
    }
}
