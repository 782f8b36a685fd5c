//! Nodes as they are answered: with what their agents tell.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::node::Node as NodeRecord;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::nodes::SeenNode;
use schemars::JsonSchema;
use serde::Serialize;

/// A node, and what its agent tells of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Node {
    #[serde(flatten)]
    pub(super) record: NodeRecord,
    /// Whether its agent is there.
    status: NodeStatus,
    /// Since when that is so; null if it was never heard of.
    status_since: Option<Timestamp>,
    /// When its agent was last heard of. It is written down every second.
    last_seen_at: Option<Timestamp>,
    /// What its agent tells of the machine; null if none has. That is no edit: the revision stays.
    facts: Option<Facts>,
}

impl Node {
    /// A node at a time.
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

    /// One of which no agent has told yet.
    pub(super) fn unseen(node: NodeRecord) -> Self {
        let status = NodeStatus::Unknown;
        Self { record: node, status, status_since: None, last_seen_at: None, facts: None }
    }
}
