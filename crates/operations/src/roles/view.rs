//! Roles in answers.

use std::collections::BTreeSet;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, Role as OwnRole, RoleRef};
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;

/// A role: a built-in one, or a custom role of the organization.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Role {
    /// Its id: `viewer`, `technician`, `editor`, `admin`, or the id of a custom role.
    id: RoleRef,
    /// The organization that it belongs to.
    organization_id: OrganizationId,
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for; null if there is no description.
    description: Option<Description>,
    /// The operations that it opens.
    scopes: BTreeSet<Scope>,
    /// The objects that it reaches.
    reach: Reach,
    /// Whether it is built in: every organization has it, and it cannot be changed.
    built_in: bool,
    /// When it was created; null if it is built in.
    created_at: Option<Timestamp>,
    /// When it was last changed; null if it is built in.
    updated_at: Option<Timestamp>,
    /// How often it was written; the number in its `ETag`. Null if it is built in.
    pub(super) revision: Option<Revision>,
}

impl Role {
    pub(super) fn built_in(role: BuiltInRole, organization_id: OrganizationId) -> Result<Self> {
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
