//! The results of scans for updates, and what is stored of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{UPDATES_MAX, Update, UpdateSource};
use crate::id::{CommandId, NodeId};
use crate::inventory::node::NodeName;
use crate::time::Timestamp;

/// The result of a scan for updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateScan {
    /// The source that was asked.
    pub source: UpdateSource,
    /// The updates that are available for the node.
    pub updates: Vec<Update>,
    /// Whether the machine must be restarted for installed updates to take effect.
    pub reboot_required: bool,
    /// Whether the source fetched its list of updates anew. If not, the scan shows the list that the
    /// node had before.
    #[serde(default)]
    pub refreshed: bool,
}

impl UpdateScan {
    /// The same scan, sorted by name and cut to the bounds of what is stored, since a node is not
    /// trusted to keep to them.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.updates.iter_mut().for_each(Update::bound);
        self.updates.retain(|update| !update.name.is_empty());
        self.updates.sort_by(|a, b| (&a.name, &a.architecture).cmp(&(&b.name, &b.architecture)));
        self.updates.truncate(UPDATES_MAX);
        self
    }

    /// How many of its updates are security updates.
    pub fn security_count(&self) -> usize {
        self.updates.iter().filter(|update| update.security).count()
    }
}

/// The last scan of a node, without the updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastScan {
    /// The source that was asked.
    pub source: UpdateSource,
    /// When the server learned that it had ended.
    pub scanned_at: Timestamp,
    /// The command that it was part of; null if unknown.
    pub command_id: Option<CommandId>,
    /// How many updates it found, including those that are not kept.
    pub update_count: u32,
    /// How many of those are security updates.
    pub security_count: u32,
    /// Whether the machine must be restarted for installed updates to take effect.
    pub reboot_required: bool,
    /// Whether the source fetched its list of updates anew. If not, the scan shows the list that the
    /// node had before.
    pub refreshed: bool,
}

/// An update that is available for a node, according to its last scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeUpdate {
    /// The node.
    pub node_id: NodeId,
    /// The node's name.
    pub node_name: NodeName,
    /// When the node was scanned.
    pub scanned_at: Timestamp,
    /// The update.
    #[serde(flatten)]
    pub update: Update,
}

/// How many nodes need updates, according to their last scans. Nodes that were never scanned are not
/// counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UpdateSummary {
    /// The nodes that were scanned.
    pub nodes_scanned: u64,
    /// The nodes for which updates are available.
    pub nodes_with_updates: u64,
    /// The nodes for which security updates are available.
    pub nodes_with_security_updates: u64,
    /// The nodes that must be restarted.
    pub nodes_to_reboot: u64,
    /// The updates of all nodes together; one that is available for two nodes counts twice.
    pub updates: u64,
    /// The security updates among them.
    pub security_updates: u64,
    /// The time of the least recent of these scans; null if no node was scanned.
    pub oldest_scan_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::update::{NAME_MAX, REFERENCES_MAX, TEXT_MAX};

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
    fn a_reported_scan_is_cleaned_and_bounded() {
        let long = Update {
            title: Some(format!("a\0b\u{200b}\n{}", "ü".repeat(1_000))),
            references: vec!["\u{7}x\u{202e}".into(); 200],
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
