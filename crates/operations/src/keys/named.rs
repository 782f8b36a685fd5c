//! The user and the role that a request for a key names.

use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::role::{NamedRole, RoleRef};
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_store::Run;
use bailiwick_store::roles::Roles;

use crate::noun;
use crate::references::missing;

/// The user that the field `user` names. Whether a key may act for a user with an id is checked later.
pub(crate) async fn named_user(
    cx: &Cx,
    named: Option<&UserRef>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<UserId>> {
    let email = match named {
        None => return Ok(None),
        Some(UserRef::Id(id)) => return Ok(Some(*id)),
        Some(UserRef::Email(email)) => email,
    };
    let found = cx.store().users(&cx.reach()?).with_email(email).await?;
    if found.is_none() {
        errors.push(missing("user", noun::USER, email));
    }
    Ok(found.map(|user| user.id))
}

/// The role that a reference means; `None` if no role of the organization has the name. There may be no role with an id
/// that is given as one.
pub(crate) async fn role_named<R: Run>(
    run: R,
    organization: OrganizationId,
    named: &NamedRole,
) -> Result<Option<RoleRef>> {
    match named {
        NamedRole::Ref(role) => Ok(Some(*role)),
        NamedRole::Name(name) => {
            let found = Roles::new(run, organization).named(name).await?;
            Ok(found.map(|role| RoleRef::Own(role.id)))
        }
    }
}

/// The role that the field `role` names. Whether there is a role with an id is checked later.
pub(crate) async fn named_role(
    cx: &Cx,
    organization: Option<OrganizationId>,
    named: Option<&NamedRole>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<RoleRef>> {
    let Some(named) = named else { return Ok(None) };
    let found = match (named, organization) {
        (NamedRole::Ref(role), _) => return Ok(Some(*role)),
        (NamedRole::Name(_), None) => None,
        (NamedRole::Name(_), Some(organization)) => role_named(cx.store(), organization, named).await?,
    };
    if found.is_none() {
        errors.push(missing("role", noun::ROLE, named));
    }
    Ok(found)
}
