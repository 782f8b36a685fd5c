//! List and show roles.

use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, NamedRole, RoleRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::Role;
use super::{NOUN, TAG, ids};
use crate::keys::named::role_named;

/// All roles of an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Roles {
    /// The roles: first the built-in ones, then the organization's custom roles by name.
    items: Vec<Role>,
    /// Always null: there are at most 200 custom roles, and all are on one page.
    next_cursor: Option<String>,
}

/// List the roles of an organization, both built-in and custom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListRoles {}

impl Operation for ListRoles {
    const SPEC: Spec = Spec::read(ids::ROLES_LIST, "/v1/roles").tag(TAG).whole_organization().columns(&[
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

/// Show one role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetRole {
    /// `viewer`, `technician`, `editor`, `admin`, or the id or name of a custom role.
    role: NamedRole,
}

impl Operation for GetRole {
    const SPEC: Spec =
        Spec::read(ids::ROLES_GET, "/v1/roles/{role}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Role) -> Option<Revision> = |output| output.revision;
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        let reach = cx.organization_reach()?;
        match NOUN.found(role_named(cx.store(), reach.organization, &self.role).await?, &self.role)? {
            RoleRef::BuiltIn(role) => Role::built_in(role, reach.organization),
            RoleRef::Own(id) => Ok(NOUN.found(cx.store().roles(&reach).get(id).await?, id)?.into()),
        }
    }
}
