//! Roles: named sets of rights that users and keys have in an organization.

mod create;
mod delete;
mod export;
mod import;
mod line;
mod read;
mod update;
mod view;

use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::role::{BuiltInRole, NamedRole, Role, RoleRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::erase;
use bailiwick_engine::rights::authority::Heir;

use crate::ids;
use crate::keys::grant::{check_scopes, exceeding};
use crate::keys::named::role_named;
use crate::noun::{self, Noun, NounSpec, asked};

const TAG: &str = "People";
const NOUN: Noun = noun::ROLE;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListRoles>(),
        erase::<create::CreateRole>(),
        erase::<read::GetRole>(),
        erase::<update::UpdateRole>(),
        erase::<delete::DeleteRole>(),
        erase::<import::ImportRoles>(),
        erase::<export::ExportRoles>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((role, reach)) = asked::<NamedRole>(cx, text)? else { return Ok(false) };
        Ok(match role_named(cx.store(), reach.organization, &role).await? {
            Some(RoleRef::BuiltIn(_)) => true,
            Some(RoleRef::Own(id)) => cx.store().roles(&reach).get(id).await?.is_some(),
            None => false,
        })
    })
})
.owned();

/// Errors in a role's name and scopes, by field.
fn misfits(cx: &Cx, role: &Role) -> Vec<FieldError> {
    let mut errors = check_scopes(role.scopes.iter(), false, cx.listings());
    if BuiltInRole::parse(role.name.as_str()).is_some() {
        let detail = "expected another name: a built-in role has this name";
        errors.push(FieldError::new("name", detail));
    }
    errors
}

/// Refuses a role with errors, with scopes that do not exist, or that the caller cannot grant.
fn check(cx: &Cx, role: &Role, mut errors: Vec<FieldError>) -> Result<()> {
    errors.splice(0..0, misfits(cx, role));
    if errors.is_empty() { require_within_own(cx, role) } else { Err(Error::Invalid(errors)) }
}

/// Errors where a role opens more than the caller's rights, by field.
fn beyond_own(cx: &Cx, role: &Role) -> Result<Vec<FieldError>> {
    let own = Reach { organizations: Some([role.organization_id].into()), ..Reach::EVERYTHING };
    exceeding(cx, role.scopes.iter(), &role.reach.and(&own), Heir::Person)
}

/// Refuses a role that opens more than the caller's rights.
pub(crate) fn require_within_own(cx: &Cx, role: &Role) -> Result<()> {
    let errors = beyond_own(cx, role)?;
    if errors.is_empty() { Ok(()) } else { Err(Error::GrantExceedsOwn(errors)) }
}

/// The error for a name that is taken, with the id of the other role.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().roles(reach).named(name).await?;
    Ok(NOUN.taken("name", other.map(|role| role.id)))
}

/// The id of the custom role that a reference means. Refuses built-in roles.
async fn own(cx: &Cx, reach: &OrganizationReach, role: &NamedRole) -> Result<RoleId> {
    match NOUN.found(role_named(cx.store(), reach.organization, role).await?, role)? {
        RoleRef::Own(id) => Ok(id),
        RoleRef::BuiltIn(role) => {
            let detail =
                format!("the role {} is built in and cannot be changed; create a custom role", role.as_str());
            Err(Error::invalid("role", detail))
        }
    }
}
