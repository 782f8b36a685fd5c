//! Calendars as they are kept: rules, and the area that they hold for.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{CalendarId, NodeId, OrganizationId, SiteId};
use crate::meaning::area::Area;
use crate::production::calendar::CalendarRules;
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::time::Timestamp;

/// The most calendars of one organization.
pub const CALENDARS_MAX: i64 = 200;
/// The most bytes of a calendar's rules as JSON.
pub const RULES_BYTES_MAX: usize = 128 << 10;

/// A calendar that an organization keeps. Of several calendars, the most specific holds for a node: its own, that of
/// its site, or that of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedCalendar {
    /// Its id.
    pub id: CalendarId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// The site whose nodes it holds for; null if it is for a node or the whole organization.
    pub site_id: Option<SiteId>,
    /// The node that it holds for; null if it is for a site or the whole organization.
    pub node_id: Option<NodeId>,
    /// Its time zone, shifts, holidays and exceptions.
    pub rules: CalendarRules,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a calendar: its id or its name. A text that looks like an id is taken as one.
    CalendarRef: CalendarId, Name(Name), expected "a calendar's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["Two shifts"],
}

impl SavedCalendar {
    /// The nodes that it holds for.
    pub fn area(&self) -> Area {
        Area::of(self.site_id, self.node_id)
    }
}
