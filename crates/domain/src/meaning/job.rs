//! Jobs: what is to be made, and when it was made on which node.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{JobOperationId, JobRunId, NodeId, OrganizationId};
use crate::meaning::millionths::Millionths;
use crate::revision::Revision;
use crate::text::name::{Code, Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::time::Timestamp;

/// The most job operations of one organization.
pub const JOB_OPERATIONS_MAX: i64 = 100_000;
/// The most runs of job operations on one node.
pub const JOB_RUNS_MAX: i64 = 100_000;
/// The longest time for one part, and for a setup, in milliseconds: thirty days.
pub const PART_MS_MAX: u32 = 2_592_000_000;
/// The most parts that a job operation can require.
pub const QUANTITY_MAX: u32 = 1_000_000_000;

/// What one part is worth.
pub type PartValue = Millionths<1_000_000_000>;

/// One step of a job, such as milling the first side of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JobOperation {
    /// Its id.
    pub id: JobOperationId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The job that it is a step of.
    pub job: Code,
    /// Its name. Name, job, part and lot together are unique in their organization.
    pub name: Name,
    /// The part that is made.
    pub part: Option<Code>,
    /// The lot that is made.
    pub lot: Option<Code>,
    /// What is to be done.
    pub description: Option<Description>,
    /// The shortest time that one part can take, in milliseconds.
    pub ideal_part_ms: Option<u32>,
    /// The time that one part should take, in milliseconds.
    pub expected_part_ms: Option<u32>,
    /// The time that the setup should take, in milliseconds. It is counted once for each run.
    pub expected_setup_ms: Option<u32>,
    /// How many parts are to be made.
    pub quantity_required: Option<u32>,
    /// When they are to be ready.
    pub due_at: Option<Timestamp>,
    /// What one part is worth, in the organization's currency.
    pub part_value: Option<PartValue>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a job operation: its id, or its name if no other job operation has it. A text that looks like an id is taken
    /// as one.
    JobOperationRef: JobOperationId, Name(Name), expected "a job operation's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["Mill first side"],
}

impl JobOperation {
    /// What sums are made from: the times of a part, and that of the setup.
    pub const fn times(&self) -> [Option<u32>; 3] {
        [self.ideal_part_ms, self.expected_part_ms, self.expected_setup_ms]
    }

    /// What is unique of it in its organization.
    pub const fn key(&self) -> (&Code, &Name, Option<&Code>, Option<&Code>) {
        (&self.job, &self.name, self.part.as_ref(), self.lot.as_ref())
    }
}

/// The time in which one job operation ran on a node. Those of a node do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedJobRun {
    /// Its id.
    pub id: JobRunId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The node on which it ran.
    pub node_id: NodeId,
    /// What ran.
    pub job_operation_id: JobOperationId,
    /// When it began.
    pub start_at: Timestamp,
    /// When it ended; null while it runs.
    pub end_at: Option<Timestamp>,
    /// Whether the machine is being set up for it.
    pub in_setup: bool,
    /// How another system names it, such as the number of an activity; unique in its organization.
    pub external_id: Option<Code>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::production::history::PART_TIME_MAX_MICROS;

    #[test]
    fn the_longest_time_for_a_part_is_that_of_sums() {
        assert_eq!(u64::from(PART_MS_MAX) * 1_000, PART_TIME_MAX_MICROS);
    }
}
