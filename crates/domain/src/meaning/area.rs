//! Areas: the nodes that a rule holds for.

use crate::id::{NodeId, SiteId};

/// The nodes that a rule holds for: all of an organization, those at a site, or one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// All nodes of the organization.
    Organization,
    /// The nodes at a site.
    Site(SiteId),
    /// One node.
    Node(NodeId),
}

impl Area {
    /// The area of an object that names a site, a node or neither.
    pub fn of(site: Option<SiteId>, node: Option<NodeId>) -> Self {
        node.map(Self::Node).or_else(|| site.map(Self::Site)).unwrap_or(Self::Organization)
    }

    /// The site, if it is one.
    pub const fn site(self) -> Option<SiteId> {
        match self {
            Self::Site(id) => Some(id),
            Self::Organization | Self::Node(_) => None,
        }
    }

    /// The node, if it is one.
    pub const fn node(self) -> Option<NodeId> {
        match self {
            Self::Node(id) => Some(id),
            Self::Organization | Self::Site(_) => None,
        }
    }
}
