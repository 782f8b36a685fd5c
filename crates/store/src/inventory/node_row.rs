//! The row of a node: its columns, what lists are sorted by, and its labels.

use bailiwick_domain::address::Address;
use bailiwick_domain::enrolment::Origin;
use bailiwick_domain::id::{NodeId, OrganizationId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeName, NodeType};

use crate::sql::query::Field;
use crate::sql::statement::Value;
use crate::table::columns::columns;
use crate::table::label_table::{LabelTable, label_table};
use crate::table::order::listed;

pub(super) const TABLE: &str = "nodes";

pub(super) const LABELS: LabelTable<NodeId, NodesBy> =
    label_table!("node", "nodes", NodesBy::Name = "name", named NodesDeleteLabels, NodesAddLabels);

pub(super) const ORGANIZATION: Field<OrganizationId> = Field::new("nodes.organization_id");
pub(super) const ID: Field<NodeId> = Field::new("nodes.id");
pub(super) const SITE: Field<SiteId> = Field::new("nodes.site_id");
pub(super) const HOST: Field<NodeId> = Field::new("nodes.host_id");
pub(super) const TYPE: Field<NodeType> = Field::new("nodes.type");
pub(super) const FOLDED_NAME: Field<String> = Field::new("folded_name");
pub(super) const SEARCH: Field<String> = Field::new("search");

columns! {
    /// A row of the nodes.
    pub NodeRow: Node by NodeId in "nodes" named NodesCreate, NodesUpdate, NodesDelete;
    fixed { kind = "type": NodeType }
    edited {
        site_id: Option<SiteId>,
        host_id: Option<NodeId>,
        name: NodeName,
        address: Option<Address>,
        description: Option<Description>,
        machine_id: Option<Detail>,
        distro: Option<Detail>,
        container_id: Option<Detail>,
        container_name: Option<Detail>,
        model: Option<Detail>,
        region: Option<Detail>,
        az: Option<Detail>,
        instance_id: Option<Detail>,
        manufacturer: Option<Detail>,
        serial_number: Option<Detail>,
        labels: Labels,
    }
    derived {
        search = Node::searchable,
        folded_name = |node| node.name.folded(),
        unique_name = |node| node.name.folded()
            => "CASE WHEN nodes.name = v.name THEN nodes.unique_name ELSE v.unique_name END",
        origin = |node| Value::json_or_null(node.machine_id.as_ref().map(|_| &Origin::Entered))
            => "CASE WHEN nodes.machine_id IS NOT DISTINCT FROM v.machine_id THEN nodes.origin ELSE v.origin END",
    }
}

listed! {
    /// What nodes can be sorted by.
    pub NodesBy: NodeRow by NodeId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
    /// The time of the last change.
    UpdatedAt = "updated_at": Number in updated_at,
}

impl NodeRow {
    /// The name as it is stored.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}
