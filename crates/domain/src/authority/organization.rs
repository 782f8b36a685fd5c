//! Organizations: the tenants of a server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::policy::KeyPolicy;
use crate::id::OrganizationId;
use crate::revision::Revision;
use crate::text::name::{Name, Slug};
use crate::text::text_type::text_type;
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

/// A reference to an organization in a URL path: its id or its slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl OrganizationRef {
    fn as_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Id(id) => id.to_string().into(),
            Self::Slug(slug) => slug.as_str().into(),
        }
    }
}

/// The error for a text that is neither an organization's id nor a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an organization's id or slug")]
pub struct NotAnOrganization;

impl std::str::FromStr for OrganizationRef {
    type Err = NotAnOrganization;

    fn from_str(text: &str) -> Result<Self, NotAnOrganization> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Slug).map_err(|_| NotAnOrganization)
    }
}

text_type!(OrganizationRef, "minLength": 1, "maxLength": 63, "examples": ["default"]);

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
