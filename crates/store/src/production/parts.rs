//! Parts: those that were rejected, and corrections of their number.

use bailiwick_domain::history::RejectKind;
use bailiwick_domain::id::{NodeId, PartCorrectionId, RejectId};
use bailiwick_domain::meaning::part::{SavedPartCorrection, SavedReject};
use bailiwick_domain::name::Description;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use super::of_nodes::{self, OfNode};
use crate::production_changes::Outdated;
use crate::row_query::RowTable;
use crate::table::columns::columns;
use crate::table::order::listed;

columns! {
    /// A row of the rejects.
    pub RejectRow: SavedReject by RejectId in "rejects" named RejectsCreate, RejectsUpdate, RejectsDelete;
    fixed { node_id: NodeId }
    edited { at: Timestamp, kind: RejectKind, parts: i32, note: Option<Description> }
}

listed! {
    /// What rejects can be sorted by.
    pub RejectsBy: RejectRow by RejectId in "id";
    /// The time to which they are counted.
    At = "at": Number in at,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl OfNode for SavedReject {
    type Id = RejectId;
    type By = RejectsBy;
    type Subject = RejectKind;
    type Row = RejectRow;

    const START: &'static str = "at";
    const LASTS: bool = false;
    const SUBJECT: &'static str = "kind";

    fn id(&self) -> RejectId {
        self.id
    }

    fn node(&self) -> NodeId {
        self.node_id
    }

    fn time(&self) -> Outdated {
        Outdated::at(self.at)
    }

    fn revision(&self) -> Revision {
        self.revision
    }
}

columns! {
    /// A row of the part corrections.
    pub PartCorrectionRow: SavedPartCorrection by PartCorrectionId in "part_corrections"
        named PartCorrectionsCreate, PartCorrectionsUpdate, PartCorrectionsDelete;
    fixed { node_id: NodeId }
    edited { at: Timestamp, parts: i32, note: Option<Description> }
}

listed! {
    /// What part corrections can be sorted by.
    pub PartCorrectionsBy: PartCorrectionRow by PartCorrectionId in "id";
    /// The time to which they are counted.
    At = "at": Number in at,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl OfNode for SavedPartCorrection {
    type Id = PartCorrectionId;
    type By = PartCorrectionsBy;
    type Subject = i32;
    type Row = PartCorrectionRow;

    const START: &'static str = "at";
    const LASTS: bool = false;
    const SUBJECT: &'static str = "parts";

    fn id(&self) -> PartCorrectionId {
        self.id
    }

    fn node(&self) -> NodeId {
        self.node_id
    }

    fn time(&self) -> Outdated {
        Outdated::at(self.at)
    }

    fn revision(&self) -> Revision {
        self.revision
    }
}

/// The rejects, for row queries.
pub const REJECT_ROWS: RowTable = of_nodes::rows::<SavedReject>("rejects.at DESC");

/// The part corrections, for row queries.
pub const PART_CORRECTION_ROWS: RowTable = of_nodes::rows::<SavedPartCorrection>("part_corrections.at DESC");
