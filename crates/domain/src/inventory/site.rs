//! Sites: locations of an organization.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{OrganizationId, SiteId};
use crate::revision::Revision;
use crate::text::label::Labels;
use crate::text::name::{Description, Name};
use crate::text::text_type::text_type;
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

/// A reference to a site: its id or its name. A text that looks like an id is taken as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SiteRef {
    /// By id.
    Id(SiteId),
    /// By name.
    Name(Name),
}

impl SiteRef {
    fn as_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Id(id) => id.to_string().into(),
            Self::Name(name) => name.as_str().into(),
        }
    }
}

/// The error for a text that is neither a site's id nor a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a site's id or name")]
pub struct NotASite;

impl std::str::FromStr for SiteRef {
    type Err = NotASite;

    fn from_str(text: &str) -> Result<Self, NotASite> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Name).map_err(|_| NotASite)
    }
}

text_type!(SiteRef, "minLength": 1, "maxLength": 255, "examples": ["Berlin plant"]);
