//! Nodes as lines of text, with the fields of `nodes.create`, without what is created with a node.

use bailiwick_domain::address::Address;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeName, NodeRef, NodeType};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

/// A node as a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeLine {
    /// Absent in a line that only changes a node.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<NodeType>,
    pub(super) name: NodeName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) site: Option<SiteRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<NodeRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_id: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distro: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_id: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_name: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) az: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance_id: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) manufacturer: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial_number: Option<Detail>,
    #[serde(default, skip_serializing_if = "Named::is_absent")]
    pub(super) labels: Named<Labels>,
}

impl Record for NodeLine {
    const COLUMNS: &'static [(&'static str, Cells)] = &[
        ("type", Cells::Text),
        ("name", Cells::Text),
        ("address", Cells::Text),
        ("site", Cells::Text),
        ("host", Cells::Text),
        ("description", Cells::Text),
        ("machine_id", Cells::Text),
        ("distro", Cells::Text),
        ("container_id", Cells::Text),
        ("container_name", Cells::Text),
        ("model", Cells::Text),
        ("region", Cells::Text),
        ("az", Cells::Text),
        ("instance_id", Cells::Text),
        ("manufacturer", Cells::Text),
        ("serial_number", Cells::Text),
        ("labels", Cells::Labels),
    ];
}

impl NodeLine {
    /// The node that the line describes, with its site and host already looked up.
    pub(super) fn node(
        self,
        cx: &Cx,
        kind: NodeType,
        reach: &OrganizationReach,
        site_id: Option<SiteId>,
        host_id: Option<NodeId>,
    ) -> Node {
        let id = NodeId::new(cx.clock(), cx.entropy());
        let node = Node::new(id, reach.organization, kind, self.name.clone(), cx.now());
        let mut node = Node { site_id, host_id, ..node };
        self.apply(&mut node);
        node
    }

    /// Applies the fields that are present to a node, except for its type, name, site and host.
    pub(super) fn apply(self, node: &mut Node) {
        let fields = [
            (self.machine_id, &mut node.machine_id),
            (self.distro, &mut node.distro),
            (self.container_id, &mut node.container_id),
            (self.container_name, &mut node.container_name),
            (self.model, &mut node.model),
            (self.region, &mut node.region),
            (self.az, &mut node.az),
            (self.instance_id, &mut node.instance_id),
            (self.manufacturer, &mut node.manufacturer),
            (self.serial_number, &mut node.serial_number),
        ];
        for (value, field) in fields {
            if value.is_some() {
                *field = value;
            }
        }
        if self.address.is_some() {
            node.address = self.address;
        }
        if self.description.is_some() {
            node.description = self.description;
        }
        if let Some(labels) = self.labels.0 {
            node.labels = labels;
        }
    }

    /// The line that creates a node like this one. The caller fills in its site and host.
    pub(super) fn of(node: Node) -> Self {
        Self {
            kind: Some(node.kind),
            name: node.name,
            address: node.address,
            site: None,
            host: None,
            description: node.description,
            machine_id: node.machine_id,
            distro: node.distro,
            container_id: node.container_id,
            container_name: node.container_name,
            model: node.model,
            region: node.region,
            az: node.az,
            instance_id: node.instance_id,
            manufacturer: node.manufacturer,
            serial_number: node.serial_number,
            labels: Named(Some(node.labels)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::create::CreateNode;

    #[test]
    fn the_import_columns_of_nodes_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateNode).to_value();
        let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        let mut fields: Vec<&str> =
            fields.filter(|field| !["agents", "services", "replace"].contains(field)).collect();
        let mut columns: Vec<&str> = NodeLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
