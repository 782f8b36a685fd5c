//! Checks of whether a caller may give a role, or act on another user.

use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::user::User;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::rights::authority::Heir;
use bailiwick_engine::shape::spec::Extent;
use bailiwick_store::Tx;

use crate::keys::grant::exceeding;

/// Whether the caller has all rights of a role, and so may give it or take it away.
pub(super) fn has_all_of(cx: &Cx, role: RoleRef, organization: OrganizationId) -> Result<bool> {
    let held = cx.control().people().held(role, organization);
    let held = held.ok_or_else(|| Error::invalid("role", format!("there is no role {role}")))?;
    Ok(exceeding(cx, held.scopes.iter(), &held.reach, Heir::Person)?.is_empty())
}

/// Refuses to give or replace a role that opens more than the caller's rights.
pub(super) fn require_role_within_own(cx: &Cx, role: RoleRef, organization: OrganizationId) -> Result<()> {
    if has_all_of(cx, role, organization)? {
        return Ok(());
    }
    let detail = format!("the role {role} grants permissions that the caller does not have");
    Err(Error::GrantExceedsOwn(vec![FieldError::new("role", detail)]))
}

/// Keeps a role as it is until the transaction ends. [`Error::Conflict`] if this server does not know the
/// role as it is now, so that a check of the role would be of an earlier state.
pub(super) async fn pin_role(
    cx: &Cx,
    tx: &mut Tx,
    role: RoleRef,
    organization: OrganizationId,
) -> Result<()> {
    let RoleRef::Own(id) = role else { return Ok(()) };
    let now = tx.roles(&OrganizationReach::whole(organization)).pin(id).await?;
    let held = cx.control().people().held(role, organization);
    if now == held.and_then(|held| held.revision) { Ok(()) } else { Err(Error::Conflict) }
}

/// [Pins](pin_role) a role, and refuses to give it if it opens more than the caller's rights.
pub(super) async fn pin_role_within_own(
    cx: &Cx,
    tx: &mut Tx,
    role: RoleRef,
    organization: OrganizationId,
) -> Result<()> {
    pin_role(cx, tx, role, organization).await?;
    require_role_within_own(cx, role, organization)
}

/// Refuses callers that do not stand above all organizations.
pub(super) fn require_above_all(cx: &Cx) -> Result<()> {
    if !cx.is_root() {
        return Err(Error::RootOnly);
    }
    cx.authority()?.require_extent(Extent::Everything)
}

/// Refuses callers that have fewer rights than a server administrator.
pub(super) fn require_all_of_an_administrator(cx: &Cx) -> Result<()> {
    require_above_all(cx)?;
    if cx.authority()?.covers(&Scope::EVERYTHING, Heir::Person, cx.listings()) {
        return Ok(());
    }
    Err(Error::ScopeMissing(Scope::EVERYTHING))
}

/// Refuses callers that have fewer rights than a user, counting all of the user's memberships: the
/// caller could otherwise act as that user.
pub(super) fn require_no_less_than(cx: &Cx, user: &User) -> Result<()> {
    if user.server_administrator {
        return require_all_of_an_administrator(cx);
    }
    for membership in &user.memberships {
        if !has_all_of(cx, membership.role, membership.organization_id)? {
            // The caller may not be allowed to know which role it is, and where.
            let detail = "the user has permissions that the caller does not have";
            return Err(Error::GrantExceedsOwn(vec![FieldError::new("user", detail)]));
        }
    }
    Ok(())
}

/// Reads a user with all of their memberships, [pins](pin_role) their roles, and
/// [refuses](require_no_less_than) callers that have fewer rights than the user. `None` if there is no such
/// user.
pub(super) async fn pin_user_within_own(cx: &Cx, tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    let Some(user) = tx.users(&Reach::EVERYTHING).get(id).await? else { return Ok(None) };
    for membership in &user.memberships {
        pin_role(cx, tx, membership.role, membership.organization_id).await?;
    }
    require_no_less_than(cx, &user)?;
    Ok(Some(user))
}
