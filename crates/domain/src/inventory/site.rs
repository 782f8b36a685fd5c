//! Sites: locations of an organization.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{OrganizationId, SiteId};
use crate::revision::Revision;
use crate::text::label::Labels;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::time::Timestamp;

/// A location of an organization: an office, a plant, a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is, in a few sentences.
    pub description: Option<Description>,
    /// Its labels.
    pub labels: Labels,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a site: its id or its name. A text that looks like an id is taken as one.
    SiteRef: SiteId, Name(Name), expected "a site's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["Berlin plant"],
}
