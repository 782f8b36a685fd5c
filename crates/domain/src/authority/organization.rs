//! Organizations: the tenants of a server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::policy::KeyPolicy;
use crate::id::OrganizationId;
use crate::revision::Revision;
use crate::text::name::{Name, Slug};
use crate::text::reference::reference_type;
use crate::time::Timestamp;
use crate::time::cron::Zone;

/// A tenant, which owns sites, nodes, services and all its other objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name for people.
    pub name: Name,
    /// Its short name for URLs and programs, unique on the server.
    pub slug: Slug,
    /// The time zone of its production days, where no calendar says another.
    pub time_zone: Zone,
    /// What its keys must comply with.
    pub key_policy: KeyPolicy,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to an organization in a URL path: its id or its slug.
    OrganizationRef: OrganizationId, Slug(Slug), expected "an organization's id or slug",
    "minLength": 1, "maxLength": 63, "examples": ["default"],
}

/// The id and names of an organization, as other objects show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationSummary {
    /// Its id.
    pub id: OrganizationId,
    /// Its short name.
    pub slug: Slug,
    /// Its name for people.
    pub name: Name,
}

impl From<&Organization> for OrganizationSummary {
    fn from(organization: &Organization) -> Self {
        Self { id: organization.id, slug: organization.slug.clone(), name: organization.name.clone() }
    }
}
