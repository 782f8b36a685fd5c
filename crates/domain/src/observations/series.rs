//! Series: all observations of one metric of one node.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::NodeId;
use crate::observations::metric::Metric;
use crate::observations::value::Value;
use crate::time::Timestamp;

/// The number of a series in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct SeriesId(i64);

impl SeriesId {
    /// The series with this number, as read from the database.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number, as stored in the database.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// All observations of one metric of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Its number.
    pub id: SeriesId,
    /// The node.
    pub node: NodeId,
    /// The metric.
    pub metric: Metric,
    /// When its first observation arrived.
    pub created_at: Timestamp,
}

/// The latest observation of a series, by time.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// The series.
    pub series: Series,
    /// The time of the observation.
    pub at: Timestamp,
    /// Its value.
    pub value: Value,
}
