//! The nodes that an action is for, as requests name them and schedules keep them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, SelectionId, SiteId};
use crate::inventory::node::{Node, NodeRef, NodeType};
use crate::inventory::presence::NodeStatus;
use crate::inventory::site::SiteRef;
use crate::text::label::Labels;
use crate::text::search::Search;
use crate::text::selector::Selector;

/// The most nodes that may be listed by id or name.
pub const NAMED_MAX: usize = 1_000;

/// Which nodes: those in the caller's reach that meet every member that is there. The members are those of the list
/// of nodes, and `nodes` for nodes that are named one by one. Without a member, no node is meant: `all` stands for
/// every node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NodeTargets", extend("minProperties" = 1, "examples" = [{ "labels": "env=prod" }]))]
pub struct Targets {
    /// These nodes, by id or name. For more nodes than that, use another member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NAMED_MAX))]
    pub nodes: Option<Vec<NodeRef>>,
    /// Nodes whose labels match, as in `env=prod,!legacy`. An empty selector is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Selector>,
    /// Nodes at this site, by id or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteRef>,
    /// Nodes of this type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<NodeType>,
    /// Nodes that run on this one, by id or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<NodeRef>,
    /// Nodes whose name, address, container name or serial number contains all of these words, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// Nodes that have this status when they are chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<NodeStatus>,
    /// Every node, if it is the only member. `false` is the same as no `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// The nodes of this selection, which `selections.create` made less than ten minutes ago; without another member than
    /// `tolerance`. Schedules and maintenance windows do not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionId>,
    /// How many nodes may match by now that are not in the selection; 0 if absent. If there are more, the request is refused
    /// with `selection_outdated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<u32>,
}

/// Something that is wrong with targets in themselves: the member, and what was expected.
pub type TargetFault = (&'static str, &'static str);

impl Targets {
    /// These nodes.
    pub fn of_nodes(nodes: Vec<NodeRef>) -> Self {
        Self { nodes: Some(nodes), ..Self::default() }
    }

    /// The nodes whose labels match.
    pub fn labelled(labels: Selector) -> Self {
        Self { labels: Some(labels), ..Self::default() }
    }

    /// The nodes at a site.
    pub fn at(site: SiteRef) -> Self {
        Self { site: Some(site), ..Self::default() }
    }

    /// Whether no member narrows the nodes.
    pub fn is_unlimited(&self) -> bool {
        Self { all: None, tolerance: None, ..self.clone() } == Self::default()
    }

    /// What is wrong with the members, without a look at the inventory.
    pub fn faults(&self) -> Vec<TargetFault> {
        let mut faults = Vec::new();
        if self.selection.is_some() {
            let alone = Self { selection: self.selection, tolerance: self.tolerance, ..Self::default() };
            if alone != *self {
                faults.push(("selection", "expected no other member than `tolerance` beside a selection"));
            }
            return faults;
        }
        if self.tolerance.is_some() {
            faults.push(("tolerance", "expected `selection` too: only a selection has a tolerance"));
        }
        if self.is_unlimited() && self.all != Some(true) {
            faults.push((
                "",
                "expected at least one member, such as `labels`; `all`: true stands for every node",
            ));
        }
        if self.labels.as_ref().is_some_and(Selector::is_empty) {
            faults.push(("labels", "expected a requirement: an empty selector selects no node"));
        }
        if self.nodes.as_ref().is_some_and(Vec::is_empty) {
            faults.push(("nodes", "expected at least one node"));
        }
        faults
    }

    /// Whether a node is one of those that are meant. The nodes, the site and the host must be named by their ids;
    /// the status and the selection are not looked at.
    pub fn include(&self, node: &TargetNode) -> bool {
        let Self { nodes, labels, site, kind, host, search, .. } = self;
        nodes.as_ref().is_none_or(|nodes| nodes.contains(&NodeRef::Id(node.id)))
            && labels.as_ref().is_none_or(|labels| labels.matches(&node.labels))
            && site.as_ref().is_none_or(|site| node.site_id.map(SiteRef::Id).as_ref() == Some(site))
            && kind.is_none_or(|kind| kind == node.kind)
            && host.as_ref().is_none_or(|host| node.host_id.map(NodeRef::Id).as_ref() == Some(host))
            && search.as_ref().is_none_or(|search| search.matches(&node.searchable))
    }
}

/// What decides whether targets include a node, except its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetNode {
    /// The node.
    pub id: NodeId,
    /// Its type.
    pub kind: NodeType,
    /// The site that it is at.
    pub site_id: Option<SiteId>,
    /// The node that it runs on.
    pub host_id: Option<NodeId>,
    /// Its labels.
    pub labels: Labels,
    /// The text that free-text search looks through.
    pub searchable: String,
}

impl From<&Node> for TargetNode {
    fn from(node: &Node) -> Self {
        Self {
            id: node.id,
            kind: node.kind,
            site_id: node.site_id,
            host_id: node.host_id,
            labels: node.labels.clone(),
            searchable: node.searchable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn targets(members: Value) -> Targets {
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn targets_without_a_member_and_empty_members_are_refused() {
        for (members, fields) in [
            (json!({}), vec![""]),
            (json!({ "all": false }), vec![""]),
            (json!({ "labels": "" }), vec!["labels"]),
            (json!({ "labels": "", "site": "Berlin" }), vec!["labels"]),
            (json!({ "nodes": [] }), vec!["nodes"]),
            (json!({ "all": true }), vec![]),
            (json!({ "all": true, "type": "container" }), vec![]),
            (json!({ "search": "db" }), vec![]),
            (json!({ "selection": Uuid::nil().to_string() }), vec![]),
            (json!({ "selection": Uuid::nil().to_string(), "tolerance": 3 }), vec![]),
            (json!({ "selection": Uuid::nil().to_string(), "all": true }), vec!["selection"]),
            (json!({ "all": true, "tolerance": 3 }), vec!["tolerance"]),
            (json!({ "tolerance": 3 }), vec!["tolerance", ""]),
        ] {
            let found: Vec<&str> =
                targets(members.clone()).faults().into_iter().map(|(field, _)| field).collect();
            assert_eq!(found, fields, "{members}");
        }
    }

    #[test]
    fn targets_are_written_as_they_were_sent() {
        let full = json!({
            "nodes": ["db-1"], "labels": "env=prod", "site": "Berlin", "type": "generic", "host": "big",
            "search": "db", "status": "online", "all": true,
        });
        for members in [json!({ "nodes": ["db-1"] }), json!({ "site": "Berlin" }), full] {
            assert_eq!(serde_json::to_value(targets(members.clone())).unwrap(), members);
        }
        assert!(serde_json::from_value::<Targets>(json!({ "lables": "env=prod" })).is_err());
    }

    #[test]
    fn a_node_must_meet_every_member() {
        let id = |n: u128| Uuid::from_u128(n).to_string();
        let node = TargetNode {
            id: NodeId::from_uuid(Uuid::from_u128(1)),
            kind: NodeType::Container,
            site_id: Some(SiteId::from_uuid(Uuid::from_u128(2))),
            host_id: Some(NodeId::from_uuid(Uuid::from_u128(3))),
            labels: serde_json::from_value(json!({ "env": "prod" })).unwrap(),
            searchable: "db-1\n10.0.0.5".into(),
        };
        let met = json!({
            "nodes": [id(1)], "site": id(2), "host": id(3), "type": "container", "labels": "env=prod",
            "search": "DB 0.5", "all": true,
        });
        assert!(targets(met.clone()).include(&node));
        for (member, other) in [
            ("nodes", json!([id(9)])),
            ("site", json!(id(9))),
            ("host", json!(id(9))),
            ("type", json!("generic")),
            ("labels", json!("!env")),
            ("search", json!("web")),
        ] {
            let mut missed = met.clone();
            missed[member] = other;
            assert!(!targets(missed).include(&node), "{member}");
        }
        let anywhere = TargetNode { site_id: None, host_id: None, ..node };
        assert!(!targets(json!({ "site": id(2) })).include(&anywhere));
        assert!(!targets(json!({ "host": id(3) })).include(&anywhere));
    }
}
