//! Observations in answers and exports.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::{MetricKey, MetricText};
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::reading::Observed;

/// One observation.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Observation {
    /// The node.
    node_id: NodeId,
    /// The key of the metric.
    metric: MetricKey,
    /// The kind of the metric.
    kind: Kind,
    /// When the value was observed.
    at: Timestamp,
    /// The value.
    value: Value,
    /// The number that the source gave it.
    sequence: Option<i64>,
}

impl Observation {
    pub(super) fn of(observed: &Observed<'_>) -> Self {
        let Observed { column, at, value, sequence } = observed;
        Self {
            node_id: column.node,
            metric: column.metric.key.clone(),
            kind: column.metric.kind,
            at: *at,
            value: value.clone(),
            sequence: *sequence,
        }
    }
}

/// One observation in an export, which `observations.create` takes again.
#[derive(Debug, Serialize)]
pub(super) struct ObservationLine<'a> {
    pub(super) node: &'a NodeRef,
    pub(super) metric: &'a MetricKey,
    pub(super) at: Timestamp,
    pub(super) value: &'a Value,
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<&'a MetricText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subtype: Option<&'a MetricText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<&'a MetricText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<i64>,
}
