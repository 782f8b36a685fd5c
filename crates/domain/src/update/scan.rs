//! What scans find, and what is kept of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{UPDATES_MAX, Update, UpdateSource};
use crate::id::{CommandId, NodeId};
use crate::node::NodeName;
use crate::time::Timestamp;

/// What a scan for updates found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateScan {
    /// What was asked.
    pub source: UpdateSource,
    /// The updates that the node could have.
    pub updates: Vec<Update>,
    /// Whether the machine must be started again for what is installed to hold.
    pub reboot_required: bool,
    /// Whether the source was asked anew for what there is. If not, the scan tells what the node
    /// knew of it before.
    #[serde(default)]
    pub refreshed: bool,
}

impl UpdateScan {
    /// The same, sorted by name and held to the bounds of what is kept: what a node tells is not
    /// believed to be short.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.updates.iter_mut().for_each(Update::bound);
        self.updates.retain(|update| !update.name.is_empty());
        self.updates.sort_by(|a, b| (&a.name, &a.architecture).cmp(&(&b.name, &b.architecture)));
        self.updates.truncate(UPDATES_MAX);
        self
    }

    /// How many of its updates close holes.
    pub fn security_count(&self) -> usize {
        self.updates.iter().filter(|update| update.security).count()
    }
}

/// The last scan of a node, without what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastScan {
    /// What was asked.
    pub source: UpdateSource,
    /// When its end was told.
    pub scanned_at: Timestamp,
    /// The command that it was part of; null if it is not known.
    pub command_id: Option<CommandId>,
    /// How many updates it found, also beyond those that are kept.
    pub update_count: u32,
    /// How many of those close holes.
    pub security_count: u32,
    /// Whether the machine must be started again for what is installed to hold.
    pub reboot_required: bool,
    /// Whether the source was asked anew for what there is. If not, the scan tells what the node
    /// knew of it before.
    pub refreshed: bool,
}

/// An update that a node could have, as its last scan found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeUpdate {
    /// The node.
    pub node_id: NodeId,
    /// The node's name.
    pub node_name: NodeName,
    /// When it was scanned.
    pub scanned_at: Timestamp,
    /// The update.
    #[serde(flatten)]
    pub update: Update,
}

/// How many nodes need updates, as their last scans found. Nodes that were never scanned are in
/// none of the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UpdateSummary {
    /// The nodes that were scanned.
    pub nodes_scanned: u64,
    /// Those that could have updates.
    pub nodes_with_updates: u64,
    /// Those that could have updates that close holes.
    pub nodes_with_security_updates: u64,
    /// Those that must be started again.
    pub nodes_to_reboot: u64,
    /// The updates of all of them together; one that two nodes could have is counted twice.
    pub updates: u64,
    /// Those of them that close holes.
    pub security_updates: u64,
    /// When the node was scanned that was scanned longest ago; null for none.
    pub oldest_scan_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::{NAME_MAX, REFERENCES_MAX, TEXT_MAX};

    fn update(name: &str) -> Update {
        Update {
            name: name.into(),
            title: None,
            installed_version: None,
            available_version: None,
            architecture: None,
            origin: None,
            security: false,
            severity: None,
            references: Vec::new(),
        }
    }

    #[test]
    fn what_a_node_tells_is_bounded() {
        let long = Update {
            title: Some(format!("a\0b\n{}", "ü".repeat(1_000))),
            references: vec!["\u{7}x".into(); 200],
            ..update(&"n".repeat(300))
        };
        let mut updates = vec![update("zlib"), long, update("\n"), update("bash")];
        updates.extend((0..UPDATES_MAX).map(|n| update(&format!("p{n}"))));
        let scan = UpdateScan { source: UpdateSource::Apt, updates, reboot_required: false, refreshed: true }
            .bounded();
        assert_eq!(scan.updates.len(), UPDATES_MAX);
        assert_eq!(scan.updates[0].name, "bash");
        let long = &scan.updates[1];
        let title = long.title.as_ref().unwrap();
        assert!(title.starts_with("abü") && title.chars().count() == TEXT_MAX);
        assert_eq!((long.name.len(), long.references.len()), (NAME_MAX, REFERENCES_MAX));
        assert_eq!(long.references[0], "x");
    }
}
