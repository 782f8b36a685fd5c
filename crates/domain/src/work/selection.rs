//! Selections: the nodes that targets meant at one time, kept for ten minutes, so that an action is for exactly these.

use crate::id::{NodeId, SelectionId};
use crate::inventory::targets::Targets;
use crate::time::Timestamp;

pub use crate::authority::command_limits::TARGETS_MAX as SELECTED_MAX;

/// How long a selection is kept, in seconds: ten minutes.
pub const SELECTION_SECONDS: i64 = 600;
/// The most selections that one caller may have at a time.
pub const SELECTIONS_OF_CALLER_MAX: i64 = 20;
/// The most selections that the callers of one organization may have at a time.
pub const SELECTIONS_MAX: i64 = 100;

/// Nodes that were selected. Only the caller that selected them may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Its id.
    pub id: SelectionId,
    /// What was asked for, with nodes, site and host by their ids.
    pub targets: Targets,
    /// The nodes that this meant, sorted by id; at most [`SELECTED_MAX`].
    pub nodes: Vec<NodeId>,
    /// Until when it is kept.
    pub expires_at: Timestamp,
}
