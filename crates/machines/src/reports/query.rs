//! The query of a report as it was understood.

use bailiwick_domain::cron::Zone;
use bailiwick_domain::id::{JobOperationId, OperatorId};
use bailiwick_domain::name::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dimension::Dimension;
use super::period::{Period, PeriodMembers};

/// How the groups of a report are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReportLayout")]
pub(super) enum Layout {
    /// Each group contains those into which it is divided.
    #[default]
    Nested,
    /// A row for each of the smallest groups.
    Rows,
    /// A list for each dimension and metric, with a value for each of the smallest groups.
    Columns,
}

/// The query as it was understood.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReportQuery {
    /// The time.
    #[serde(flatten)]
    #[schemars(with = "PeriodMembers")]
    pub(super) period: Period,
    /// The time zone of the organization, in which days begin at nodes without a calendar.
    pub(super) time_zone: Zone,
    /// The metrics.
    pub(super) metrics: Vec<&'static str>,
    /// What it is grouped by.
    pub(super) group_by: Vec<Dimension>,
    /// How many nodes are in it: those of the filter that ever sent machine data.
    pub(super) nodes: usize,
    /// The shifts that it is limited to.
    pub(super) shifts: Option<Vec<Name>>,
    /// The job operations that it is limited to.
    pub(super) job_operations: Option<Vec<JobOperationId>>,
    /// The operators that it is limited to.
    pub(super) operators: Option<Vec<OperatorId>>,
}
