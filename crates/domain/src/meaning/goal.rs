//! Goals: what a figure of a report should reach.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{GoalId, JobOperationId, NodeId, OrganizationId, SiteId};
use crate::meaning::millionths::Millionths;
use crate::revision::Revision;
use crate::time::Timestamp;

/// The most goals of one organization.
pub const GOALS_MAX: i64 = 10_000;

/// A part of what is planned: 0 to 10, with six decimals.
pub type Ratio = Millionths<10>;

/// The figure of a report that a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("examples" = ["oee"]))]
pub enum GoalMetric {
    /// Time in cycle, as a part of recorded time.
    Utilization,
    /// The overall equipment effectiveness.
    Oee,
    /// Good parts, as a part of those that were expected.
    Parts,
}

impl GoalMetric {
    /// Every figure.
    pub const ALL: [Self; 3] = [Self::Utilization, Self::Oee, Self::Parts];

    /// The figure as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utilization => "utilization",
            Self::Oee => "oee",
            Self::Parts => "parts",
        }
    }

    /// The figure that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == text)
    }
}

/// What a figure should reach for some nodes, or for a job operation. Below the one ratio there is a warning, below
/// the other one the goal has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Goal {
    /// Its id.
    pub id: GoalId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The site whose nodes it is for; null if it is for something else.
    pub site_id: Option<SiteId>,
    /// The node that it is for; null if it is for something else.
    pub node_id: Option<NodeId>,
    /// The job operation that it is for; null if it is for something else.
    pub job_operation_id: Option<JobOperationId>,
    /// The figure.
    pub metric: GoalMetric,
    /// Below this there is a warning.
    pub warning_ratio: Ratio,
    /// Below this the goal has failed.
    pub failure_ratio: Ratio,
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

    #[test]
    fn a_metric_is_written_as_its_text() {
        for metric in GoalMetric::ALL {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.as_str());
            assert_eq!(GoalMetric::parse(metric.as_str()), Some(metric));
        }
        assert_eq!(GoalMetric::parse("OEE"), None);
    }
}
