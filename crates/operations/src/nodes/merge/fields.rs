//! The fields of a node after another was merged into it.

use std::collections::BTreeMap;

use bailiwick_domain::label::{LABELS_MAX, LabelName, LabelValue, Labels};
use bailiwick_domain::node::Node;
use bailiwick_engine::error::{Error, Result};

/// The node with what it lacks taken from `from`. Of labels that both have, its own values stay. The machine id
/// belongs to the machine that the agent runs on, so if the agent of `from` moves, its machine id comes along.
pub(super) fn united(into: &Node, from: &Node, agent_moves: bool) -> Result<Node> {
    // Every field is named here, so that a new one does not compile before it is decided about.
    let Node {
        id,
        organization_id,
        kind,
        name,
        site_id,
        host_id,
        address,
        description,
        machine_id,
        distro,
        container_id,
        container_name,
        model,
        region,
        az,
        instance_id,
        manufacturer,
        serial_number,
        labels,
        created_at,
        updated_at,
        revision,
    } = into.clone();
    let other = from.clone();
    Ok(Node {
        id,
        organization_id,
        kind,
        name,
        site_id: site_id.or(other.site_id),
        host_id: host_id.or(other.host_id),
        address: address.or(other.address),
        description: description.or(other.description),
        machine_id: if agent_moves {
            other.machine_id.or(machine_id)
        } else {
            machine_id.or(other.machine_id)
        },
        distro: distro.or(other.distro),
        container_id: container_id.or(other.container_id),
        container_name: container_name.or(other.container_name),
        model: model.or(other.model),
        region: region.or(other.region),
        az: az.or(other.az),
        instance_id: instance_id.or(other.instance_id),
        manufacturer: manufacturer.or(other.manufacturer),
        serial_number: serial_number.or(other.serial_number),
        labels: both(&labels, &from.labels)?,
        created_at,
        updated_at,
        revision,
    })
}

fn both(own: &Labels, others: &Labels) -> Result<Labels> {
    let all = others.iter().chain(own.iter()).map(|(name, value)| (name.clone(), value.clone()));
    Labels::try_from(all.collect::<BTreeMap<LabelName, LabelValue>>()).map_err(|_| {
        let detail = format!(
            "expected at most {LABELS_MAX} labels: the node would have more with the labels of this one"
        );
        Error::invalid("from", detail)
    })
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::{NodeId, OrganizationId};
    use bailiwick_domain::node::NodeType;
    use bailiwick_domain::time::Timestamp;

    use super::*;

    const ORGANIZATION: &str = "01932f4e-7b5a-7c3d-8e9f-000000000009";

    fn node(n: u8, labels: &str) -> Node {
        let id: NodeId = format!("01932f4e-7b5a-7c3d-8e9f-0000000000{n:02}").parse().unwrap();
        let organization: OrganizationId = ORGANIZATION.parse().unwrap();
        let name = format!("node-{n}").parse().unwrap();
        let node = Node::new(id, organization, NodeType::Generic, name, Timestamp::from_micros(0));
        Node { labels: Labels::from_text(labels).unwrap(), ..node }
    }

    #[test]
    fn a_node_keeps_its_values_and_takes_what_it_lacks() {
        let into = Node { machine_id: Some("one".parse().unwrap()), ..node(1, "env=prod,a=1") };
        let from = Node {
            machine_id: Some("two".parse().unwrap()),
            distro: Some("Debian".parse().unwrap()),
            ..node(2, "env=test,b=2")
        };
        let expected = Node {
            distro: from.distro.clone(),
            labels: Labels::from_text("env=prod,a=1,b=2").unwrap(),
            ..into.clone()
        };
        assert_eq!(united(&into, &from, false).unwrap(), expected);
        let with_agent = Node { machine_id: from.machine_id.clone(), ..expected };
        assert_eq!(united(&into, &from, true).unwrap(), with_agent);
    }

    #[test]
    fn more_labels_than_a_node_may_have_are_refused() {
        let labels =
            |prefix: &str| (0..LABELS_MAX).map(|n| format!("{prefix}{n}=1")).collect::<Vec<_>>().join(",");
        let (into, from) = (node(1, &labels("a")), node(2, &labels("b")));
        assert_eq!(united(&into, &from, false).unwrap_err().code(), "invalid");
        assert!(united(&into, &node(2, &labels("a")), false).is_ok());
    }
}
