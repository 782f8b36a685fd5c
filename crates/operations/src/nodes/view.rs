//! Nodes in answers, with the reports of their agents.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::name::Name;
use bailiwick_domain::node::{Node as NodeRecord, NodeName};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::words;
use bailiwick_store::nodes::SeenNode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{NameOf, names_of_nodes, names_of_sites};

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
    #[serde(flatten)]
    names: NodeNames,
}

/// The names of what a node refers to.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
struct NodeNames {
    /// The name of the site that it is at. Only with `include=site`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "site"))]
    site_name: NameOf<Name>,
    /// The name of the node that it runs on. Only with `include=host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "host"))]
    host_name: NameOf<NodeName>,
}

words! {
    /// What a node refers to.
    pub(crate) NodeInclude { Site = "site", Host = "host" }
}

/// Adds names to nodes.
pub(super) async fn include(
    cx: &Cx,
    reach: &OrganizationReach,
    nodes: &mut [Node],
    asked: &Words<NodeInclude>,
) -> Result<()> {
    if asked.has(NodeInclude::Site) {
        let names = names_of_sites(cx, reach, nodes.iter().filter_map(|node| node.record.site_id)).await?;
        for node in nodes.iter_mut() {
            node.names.site_name = names.of_some(node.record.site_id.as_ref());
        }
    }
    if asked.has(NodeInclude::Host) {
        let names = names_of_nodes(cx, reach, nodes.iter().filter_map(|node| node.record.host_id)).await?;
        for node in nodes {
            node.names.host_name = names.of_some(node.record.host_id.as_ref());
        }
    }
    Ok(())
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
            names: NodeNames::default(),
        }
    }

    /// A node whose agent was never seen.
    pub(super) fn unseen(node: NodeRecord) -> Self {
        let status = NodeStatus::Unknown;
        let names = NodeNames::default();
        Self { record: node, status, status_since: None, last_seen_at: None, facts: None, names }
    }
}
