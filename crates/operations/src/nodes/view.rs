//! Nodes in answers, with the reports of their agents.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::node::Node as NodeRecord;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::nodes::SeenNode;
use schemars::JsonSchema;
use serde::Serialize;

/// A node, with what its agent reports.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Node {
    #[serde(flatten)]
    pub(super) record: NodeRecord,
    /// Whether its agent is there.
    status: NodeStatus,
    /// Since when it has this status; null if its agent was never seen.
    status_since: Option<Timestamp>,
    /// When its agent was last seen; null if never. Stored about once a second.
    last_seen_at: Option<Timestamp>,
    /// What its agent reports about the machine; null if there was no report. Reports do not change the
    /// node's revision.
    facts: Option<Facts>,
}

impl Node {
    /// A node, with its status at a time.
    pub(super) fn at(seen: SeenNode, now: Timestamp) -> Self {
        let status = seen.presence.map(|presence| presence.status(now));
        Self {
            record: seen.node,
            status: status.map_or(NodeStatus::Unknown, |(status, _)| status),
            status_since: status.map(|(_, since)| since),
            last_seen_at: seen.presence.map(|presence| presence.last_seen_at),
            facts: seen.facts,
        }
    }

    /// A node whose agent was never seen.
    pub(super) fn unseen(node: NodeRecord) -> Self {
        let status = NodeStatus::Unknown;
        Self { record: node, status, status_since: None, last_seen_at: None, facts: None }
    }
}
