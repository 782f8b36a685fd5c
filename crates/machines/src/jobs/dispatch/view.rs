//! What answers show of a dispatch.

use bailiwick_domain::meaning::job::{JobOperation, SavedJobRun};
use bailiwick_domain::revision::Revision;
use schemars::JsonSchema;
use serde::Serialize;

/// A job run that another system started, and what runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JobDispatch {
    /// The run.
    pub(super) run: SavedJobRun,
    /// What runs.
    pub(super) job_operation: JobOperation,
}

impl JobDispatch {
    /// The revision of the run.
    pub(super) const fn revision(&self) -> Option<Revision> {
        Some(self.run.revision)
    }
}

/// A job run that another system started, what runs, and what was made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobDispatchWithParts")]
pub(crate) struct WithParts {
    /// The run, and what runs.
    #[serde(flatten)]
    pub(super) dispatch: JobDispatch,
    /// The parts that were made until now.
    pub(super) parts: Parts,
    /// Whether these numbers are up to date. If not, ask again shortly.
    pub(super) complete: bool,
}

/// Numbers of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DispatchedParts")]
pub(crate) struct Parts {
    /// All.
    pub(super) total: i64,
    /// Those that were not rejected.
    pub(super) good: i64,
    /// Those that were thrown away.
    pub(super) scrap: i64,
    /// Those that were not as specified.
    pub(super) nonconforming: i64,
}
