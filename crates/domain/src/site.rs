//! Sites: places within an organization.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{OrganizationId, SiteId};
use crate::label::Labels;
use crate::name::{Description, Name};
use crate::revision::Revision;
use crate::time::Timestamp;

/// A place within an organization: an office, a plant, a region.
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
    /// How often it was written; the number in its `ETag`.
    pub revision: Revision,
}
