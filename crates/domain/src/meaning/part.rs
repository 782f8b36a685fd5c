//! Parts: those that were rejected, and corrections of their number.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{NodeId, OrganizationId, PartCorrectionId, RejectId};
use crate::production::history::RejectKind;
use crate::revision::Revision;
use crate::text::name::Description;
use crate::time::Timestamp;

/// The most parts of one reject, and the most that one correction adds or takes away.
pub const PARTS_MAX: i32 = 1_000_000;
/// The most rejects of one node.
pub const REJECTS_MAX: i64 = 100_000;
/// The most part corrections of one node.
pub const PART_CORRECTIONS_MAX: i64 = 100_000;

/// Parts of one node that were rejected. They stay in the total, and are not good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedReject {
    /// Its id.
    pub id: RejectId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The node that made the parts.
    pub node_id: NodeId,
    /// The time to which they are counted.
    pub at: Timestamp,
    /// What is wrong with them.
    pub kind: RejectKind,
    /// How many.
    pub parts: i32,
    /// What else there is to say.
    pub note: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

/// A correction of the number of parts of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedPartCorrection {
    /// Its id.
    pub id: PartCorrectionId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The node that made the parts.
    pub node_id: NodeId,
    /// The time to which it is counted.
    pub at: Timestamp,
    /// How many more parts there were than the counters say; negative if there were fewer.
    pub parts: i32,
    /// What else there is to say.
    pub note: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}
