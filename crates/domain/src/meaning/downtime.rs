//! Why machines were down: reasons, and annotations that give them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{AnnotationId, DowntimeReasonId, NodeId, OrganizationId};
use crate::production::history::Reason;
use crate::revision::Revision;
use crate::text::name::Description;
use crate::text::reference::reference_type;
use crate::time::Timestamp;

/// The most reasons of downtime of one organization.
pub const DOWNTIME_REASONS_MAX: i64 = 2_000;
/// The most characters of a reason, all levels together.
pub const REASON_MAX: usize = 500;
/// The most annotations of one node.
pub const ANNOTATIONS_MAX: i64 = 100_000;

/// A reason of downtime. Together, an organization's reasons are a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DowntimeReason {
    /// Its id.
    pub id: DowntimeReasonId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The path to it in the tree, unique in its organization.
    pub reason: Reason,
    /// Whether downtime for this reason is planned.
    pub planned: bool,
    /// When it applies.
    pub description: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a reason of downtime: its id or its path. A text that looks like an id is taken as one.
    DowntimeReasonRef: DowntimeReasonId, Reason(Reason), expected "the id of a reason, or a reason such as Setup|Tool change",
    "minLength": 1, "maxLength": REASON_MAX, "examples": ["Setup|Tool change"],
}

/// An explanation of downtime of one node. Those of a node do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedAnnotation {
    /// Its id.
    pub id: AnnotationId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The node that was down.
    pub node_id: NodeId,
    /// Why.
    pub reason_id: DowntimeReasonId,
    /// When the downtime began.
    pub start_at: Timestamp,
    /// When it ended; null if it goes on.
    pub end_at: Option<Timestamp>,
    /// What else there is to say.
    pub note: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}
