//! Roles: named bailiwicks that people and keys hold in an organization.

use std::collections::BTreeSet;

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{OrganizationId, RoleId};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, ROLES_MAX, Role as OwnRole, RoleRef};
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::Error as StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::Heir;
use crate::cx::Cx;
use crate::error::{Dependant, Dependants, Error, FieldError, Result};
use crate::keys::grant::{SCOPES_MAX, check_scopes};
use crate::operation::{Erased, Operation, erase};
use crate::patch::{Named, Patch};
use crate::removal::{ITEMS_MAX, Removal};
use crate::spec::Spec;

const TAG: &str = "People";
const NOUN: &str = "role";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<ListRoles>(),
    erase::<CreateRole>(),
    erase::<GetRole>(),
    erase::<UpdateRole>(),
    erase::<DeleteRole>(),
];

/// A role: one that every organization has, or one of the organization's own.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Role {
    /// What it is named by: `viewer`, `editor`, `admin`, or its id.
    id: RoleRef,
    /// The organization it belongs to.
    organization_id: OrganizationId,
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for.
    description: Option<Description>,
    /// The operations that it opens.
    scopes: BTreeSet<Scope>,
    /// The objects it touches.
    reach: Reach,
    /// Whether every organization has it, and nobody edits it.
    built_in: bool,
    /// When it was created; null if it is built in.
    created_at: Option<Timestamp>,
    /// When it was last changed; null if it is built in.
    updated_at: Option<Timestamp>,
    /// How often it was written; the number in its `ETag`. Null if it is built in.
    revision: Option<Revision>,
}

impl Role {
    fn built_in(role: BuiltInRole, organization_id: OrganizationId) -> Result<Self> {
        Ok(Self {
            id: RoleRef::BuiltIn(role),
            organization_id,
            name: role.as_str().parse().map_err(Error::internal)?,
            description: Some(role.description().parse().map_err(Error::internal)?),
            scopes: role.scopes(),
            reach: Reach::EVERYTHING,
            built_in: true,
            created_at: None,
            updated_at: None,
            revision: None,
        })
    }
}

impl From<OwnRole> for Role {
    fn from(role: OwnRole) -> Self {
        Self {
            id: RoleRef::Own(role.id),
            organization_id: role.organization_id,
            name: role.name,
            description: role.description,
            scopes: role.scopes,
            reach: role.reach,
            built_in: false,
            created_at: Some(role.created_at),
            updated_at: Some(role.updated_at),
            revision: Some(role.revision),
        }
    }
}

/// Roles, all at once.
#[derive(Debug, Serialize, JsonSchema)]
struct Roles {
    /// The roles: the built-in ones, then the organization's own by name.
    items: Vec<Role>,
    /// Always null: there are at most 200, and they fit on one page.
    next_cursor: Option<String>,
}

/// List the roles of an organization: the built-in ones and its own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRoles {}

impl Operation for ListRoles {
    const SPEC: Spec = Spec::read("roles.list", "/v1/roles").tag(TAG).whole_organization().columns(&[
        "name",
        "id",
        "scopes",
        "reach",
        "description",
    ]);
    type Output = Roles;

    async fn run(self, cx: &Cx) -> Result<Roles> {
        let reach = cx.organization_reach()?;
        let mut items = BuiltInRole::ALL
            .into_iter()
            .map(|role| Role::built_in(role, reach.organization))
            .collect::<Result<Vec<_>>>()?;
        items.extend(cx.store().roles(&reach).all().await?.into_iter().map(Role::from));
        Ok(Roles { items, next_cursor: None })
    }
}

/// Refuses scopes and a reach that there are not, or that the caller could not give.
async fn check(cx: &Cx, role: &OwnRole) -> Result<()> {
    let mut errors = check_scopes(role.scopes.iter(), false, cx.listings());
    errors.extend(cx.check_reach(Some(role.organization_id), &role.reach).await?);
    if BuiltInRole::parse(role.name.as_str()).is_some() {
        let detail = "expected another name: every organization has a role of this one";
        errors.push(FieldError::new("name", detail));
    }
    if errors.is_empty() { require_within_own(cx, role) } else { Err(Error::Invalid(errors)) }
}

/// Refuses a role that opens more than the caller may.
fn require_within_own(cx: &Cx, role: &OwnRole) -> Result<()> {
    let own = Reach { organizations: Some([role.organization_id].into()), ..Reach::EVERYTHING };
    let errors = cx.exceeding(role.scopes.iter(), &role.reach.and(&own), Heir::Person)?;
    if errors.is_empty() { Ok(()) } else { Err(Error::GrantExceedsOwn(errors)) }
}

/// Who has a name.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().roles(reach).named(name).await?;
    Ok(Error::Taken { field: "name", noun: NOUN, other: other.map(|role| role.id.to_string()) })
}

/// Create a role.
///
/// Whoever holds it may do what its scopes open, to what it reaches. Nobody makes a role that opens
/// more than they may themselves. A list of sites or nodes that is emptied later reaches nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Berlin operators", "scopes": ["sites:read", "nodes:*"], "reach": { "labels": "place=berlin" } }]))]
struct CreateRole {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for.
    description: Option<Description>,
    /// The operations it opens: `sites.create`, `sites:read`, `*:read`. `GET /v1/permissions`
    /// lists them.
    #[schemars(length(max = SCOPES_MAX), example = ["sites:read"])]
    scopes: Vec<Scope>,
    /// The objects it touches; all of its organization if absent.
    #[serde(default)]
    reach: Reach,
}

impl Operation for CreateRole {
    const SPEC: Spec = Spec::create("roles.create", "/v1/roles").tag(TAG).whole_organization().versioned();
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let role = OwnRole {
            id: RoleId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            scopes: self.scopes.into_iter().collect(),
            reach: self.reach,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(cx, &role).await?;
        let mut write = cx.write().await?;
        if write.tx.roles(&reach).count().await? >= ROLES_MAX {
            let detail =
                format!("an organization has at most {ROLES_MAX} roles of its own; delete one first");
            return Err(Error::invalid("", detail));
        }
        match write.tx.roles(&reach).create(&role).await {
            Ok(()) => {}
            Err(StoreError::Taken) => {
                drop(write);
                return Err(name_taken(cx, &reach, &role.name).await?);
            }
            Err(error) => return Err(error.into()),
        }
        write.commit(vec![Target::new(NOUN, role.id)], role.into()).await
    }

    fn revision(output: &Role) -> Option<Revision> {
        output.revision
    }
}

/// Show one role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRole {
    /// `viewer`, `editor`, `admin`, or the id of one of the organization's own.
    role: RoleRef,
}

impl Operation for GetRole {
    const SPEC: Spec = Spec::read("roles.get", "/v1/roles/{role}").tag(TAG).whole_organization().versioned();
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        let reach = cx.organization_reach()?;
        match self.role {
            RoleRef::BuiltIn(role) => Role::built_in(role, reach.organization),
            RoleRef::Own(id) => {
                let found = cx.store().roles(&reach).get(id).await?;
                Ok(found.ok_or_else(|| Error::not_found(NOUN, id))?.into())
            }
        }
    }

    fn revision(output: &Role) -> Option<Revision> {
        output.revision
    }
}

/// The id of a role that can be edited.
fn own(role: RoleRef) -> Result<RoleId> {
    match role {
        RoleRef::Own(id) => Ok(id),
        RoleRef::BuiltIn(role) => {
            let detail = format!("{} is built in and cannot be edited; make one of your own", role.as_str());
            Err(Error::invalid("role", detail))
        }
    }
}

/// Change a role.
///
/// What is not named stays as it is. It holds from the next request on, for everybody and every key
/// that holds the role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "scopes": ["sites:read", "nodes:read"] }]))]
struct UpdateRole {
    /// The id of one of the organization's own.
    role: RoleRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null for none.
    #[serde(default)]
    description: Patch<Description>,
    /// New scopes instead of all it has.
    #[serde(default)]
    #[schemars(length(max = SCOPES_MAX))]
    scopes: Named<Vec<Scope>>,
    /// A new reach instead of the one it has.
    #[serde(default)]
    reach: Named<Reach>,
}

impl Operation for UpdateRole {
    const SPEC: Spec =
        Spec::update("roles.update", "/v1/roles/{role}").tag(TAG).whole_organization().versioned();
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        let id = own(self.role)?;
        let reach = cx.organization_reach()?;
        // Before the transaction, which would otherwise wait for a second connection.
        let found = cx.store().roles(&reach).get(id).await?;
        let mut role = found.ok_or_else(|| Error::not_found(NOUN, id))?;
        let from = role.revision;
        cx.require_match(&Role::from(role.clone()), from)?;
        require_within_own(cx, &role)?;
        if let Some(name) = self.name.0 {
            role.name = name;
        }
        self.description.apply(&mut role.description);
        if let Some(scopes) = self.scopes.0 {
            role.scopes = scopes.into_iter().collect();
        }
        if let Some(reach) = self.reach.0 {
            role.reach = reach;
        }
        check(cx, &role).await?;
        role.updated_at = cx.now();
        role.revision = from.next();
        let mut write = cx.write().await?;
        match write.tx.roles(&reach).update(&role, from).await {
            Ok(()) => {}
            Err(StoreError::Taken) => {
                drop(write);
                return Err(name_taken(cx, &reach, &role.name).await?);
            }
            Err(error) => return Err(error.into()),
        }
        write.commit(vec![Target::new(NOUN, id)], role.into()).await
    }

    fn revision(output: &Role) -> Option<Revision> {
        output.revision
    }
}

/// Delete a role.
///
/// Refused while users or keys hold it; `force` ends those memberships and deletes those keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteRole {
    /// The id of one of the organization's own.
    role: RoleRef,
    /// Also end the memberships and delete the keys that hold it.
    force: Option<bool>,
    /// Delete nothing, only answer what would go.
    dry_run: Option<bool>,
}

impl Operation for DeleteRole {
    const SPEC: Spec = Spec::delete("roles.delete", "/v1/roles/{role}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let id = own(self.role)?;
        let reach = cx.organization_reach()?;
        if self.dry_run.unwrap_or_default() {
            let mut roles = cx.store().roles(&reach);
            let role = roles.get(id).await?.ok_or_else(|| Error::not_found(NOUN, id))?;
            let holders = Dependants::deleted(roles.holders(id, ITEMS_MAX).await?);
            return Ok(Removal::of("roles", Dependant::new(id, role.name), holders, true));
        }
        let mut write = cx.write().await?;
        let found = write.tx.roles(&reach).get(id).await?;
        let role = found.ok_or_else(|| Error::not_found(NOUN, id))?;
        cx.require_match(&Role::from(role.clone()), role.revision)?;
        let holders = Dependants::deleted(write.tx.roles(&reach).holders(id, ITEMS_MAX).await?);
        if !holders.is_empty() {
            if !self.force.unwrap_or_default() {
                return Err(Error::InUse(holders));
            }
            for holder in &holders {
                cx.require_operation(if holder.noun == "keys" { "keys.delete" } else { "users.delete" })?;
            }
            write.tx.roles(&reach).end_holders(id).await?;
        }
        write.tx.roles(&reach).delete(id, role.revision).await?;
        write
            .commit(
                vec![Target::new(NOUN, id)],
                Removal::of("roles", Dependant::new(id, role.name), holders, false),
            )
            .await
    }
}
