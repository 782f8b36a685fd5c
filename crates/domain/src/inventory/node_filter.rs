//! The choice of nodes: one filter for lists, exports, reports and observations.

use std::collections::BTreeSet;

use crate::filter_tree::FilterTree;
use crate::id::{NodeId, SiteId};
use crate::inventory::node::NodeType;
use crate::inventory::presence::NodeStatus;
use crate::text::search::Search;
use crate::text::selector::Selector;
use crate::time::Timestamp;

/// Which nodes. A node matches if every field that is set matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFilter {
    /// These nodes.
    pub nodes: Option<BTreeSet<NodeId>>,
    /// Nodes whose labels match.
    pub labels: Selector,
    /// Nodes at this site.
    pub site: Option<SiteId>,
    /// Nodes that run on this host.
    pub host: Option<NodeId>,
    /// Nodes of this type.
    pub kind: Option<NodeType>,
    /// Nodes in whose text every word occurs.
    pub search: Option<Search>,
    /// Nodes that have this status at the given time.
    pub status: Option<(NodeStatus, Timestamp)>,
    /// Nodes that meet each of these conditions.
    pub also: Vec<NodeCondition>,
}

/// A condition on nodes: a filter, or conditions that are combined. Each is met or not met: a node without a site is not at
/// any, so that it meets the negation.
pub type NodeCondition = FilterTree<Box<NodeFilter>>;

impl NodeFilter {
    /// The filter for the nodes at a site.
    pub fn at(site: SiteId) -> Self {
        Self { site: Some(site), ..Self::default() }
    }

    /// The filter for the nodes at one of several sites.
    pub fn at_one_of(sites: impl IntoIterator<Item = SiteId>) -> Self {
        let at = |site| NodeCondition::Is(Box::new(Self::at(site)));
        Self { also: vec![NodeCondition::Any(sites.into_iter().map(at).collect())], ..Self::default() }
    }

    /// The filter for the nodes that run on a host.
    pub fn on(host: NodeId) -> Self {
        Self { host: Some(host), ..Self::default() }
    }

    /// Whether it matches every node.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
