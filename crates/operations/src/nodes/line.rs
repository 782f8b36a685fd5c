//! Nodes as lines of text, with the fields of `nodes.create`.

use bailiwick_domain::node::Node;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::records::{Cells, Record};

use super::create::CreateNode;

impl Record for CreateNode {
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

impl CreateNode {
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
            kind: node.kind,
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

    #[test]
    fn the_import_columns_of_nodes_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateNode).to_value();
        let mut fields: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns: Vec<&str> = CreateNode::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
