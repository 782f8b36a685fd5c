//! Observations.

use crate::id::NodeId;
use crate::observations::metric::Metric;
use crate::observations::value::Value;
use crate::time::Timestamp;

/// One value of one metric of one node at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The node.
    pub node: NodeId,
    /// The metric.
    pub metric: Metric,
    /// When the value was observed.
    pub at: Timestamp,
    /// The value, of the kind of the metric.
    pub value: Value,
    /// The number that the source gave it. It orders states of the same microsecond. At most
    /// [`SEQUENCE_MAX`](crate::observations::column::SEQUENCE_MAX).
    pub sequence: Option<i64>,
}
