//! Why observations are refused.

use crate::observations::kind::Kind;
use crate::observations::limits::{
    FUTURE_SECONDS_MAX, SERIES_PER_NODE_MAX, SERIES_PER_ORGANIZATION_MAX, WORDS_PER_SERIES_MAX,
};
use crate::observations::metric::MetricText;
use crate::observations::value::Value;
use crate::time::Timestamp;

/// The most refusals that an answer names. Further ones are only counted.
pub const REFUSALS_MAX: usize = 1_000;

/// A refused observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Its line in the request.
    pub line: u32,
    /// Why it was refused.
    pub reason: Reason,
}

/// Why an observation is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Reason {
    /// The series has another kind.
    #[error(
        "the metric of this node is a {stored}, not a {sent}: send the {sent} under another metric key, which starts a new series"
    )]
    OtherKind {
        /// The kind of the series.
        stored: Kind,
        /// The kind that was sent.
        sent: Kind,
    },
    /// The series has another unit.
    #[error(
        "the metric of this node has the unit {}, not {}: send the values under another metric key, which starts a new series",
        unit(stored.as_ref()),
        unit(sent.as_ref())
    )]
    OtherUnit {
        /// The unit of the series.
        stored: Option<MetricText>,
        /// The unit that was sent.
        sent: Option<MetricText>,
    },
    /// Another value was observed at the same time.
    #[error("the value at {at} is {stored}, so it cannot be {sent}: an observation never changes")]
    Conflict {
        /// The time.
        at: Timestamp,
        /// The value that is stored, or that is earlier in the same batch.
        stored: Value,
        /// The value that was sent.
        sent: Value,
    },
    /// The time is too far in the future.
    #[error("the time {at} is more than {FUTURE_SECONDS_MAX} seconds after the server's")]
    Future {
        /// The time.
        at: Timestamp,
    },
    /// The series would have too many words.
    #[error("the metric of this node has {WORDS_PER_SERIES_MAX} different words already, which is the most")]
    TooManyWords,
    /// The node would have too many series.
    #[error("the node has {SERIES_PER_NODE_MAX} metrics already, which is the most")]
    TooManySeriesOfNode,
    /// The organization would have too many series.
    #[error("the organization has {SERIES_PER_ORGANIZATION_MAX} series already, which is the most")]
    TooManySeries,
    /// The number that the source gave it is negative or too large.
    #[error("expected a sequence number from 0 to 4611686018427387903")]
    Sequence,
}

fn unit(unit: Option<&MetricText>) -> String {
    unit.map_or_else(|| "none".to_owned(), |unit| format!("`{unit}`"))
}
