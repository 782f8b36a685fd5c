//! Nodes: machines, and things that the inventory treats as machines, such as cloud databases.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, OrganizationId, SiteId};
use crate::revision::Revision;
use crate::text::address::Address;
use crate::text::label::Labels;
use crate::text::name::{BadName, Description, Detail, NAME_MAX, Name, refuse_id};
use crate::text::reference::reference_type;
use crate::text::search::searchable;
use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The most nodes in a chain of hosts: a container on a virtual machine on a computer makes three.
pub const HOSTS_MAX: usize = 16;

/// The type of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeType {
    /// A computer or a virtual machine.
    Generic,
    /// A container.
    Container,
    /// A machine on which no program of Bailiwick can run.
    Remote,
    /// A database instance of Amazon RDS.
    RemoteRds,
    /// An Azure database.
    RemoteAzureDatabase,
    /// A machine tool on a shop floor.
    MachineTool,
}

impl NodeType {
    /// Every type.
    pub const ALL: [Self; 6] = [
        Self::Generic,
        Self::Container,
        Self::Remote,
        Self::RemoteRds,
        Self::RemoteAzureDatabase,
        Self::MachineTool,
    ];

    /// The type as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Container => "container",
            Self::Remote => "remote",
            Self::RemoteRds => "remote_rds",
            Self::RemoteAzureDatabase => "remote_azure_database",
            Self::MachineTool => "machine_tool",
        }
    }

    /// Whether nodes of this type must, may or must not have a value for a field.
    pub fn rule(self, field: NodeField) -> Rule {
        let (_, rules) = TABLE[field as usize];
        rules[self as usize]
    }
}

impl std::fmt::Display for NodeType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that names no type of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of generic, container, remote, remote_rds, remote_azure_database, machine_tool")]
pub struct NotANodeType;

impl FromStr for NodeType {
    type Err = NotANodeType;

    fn from_str(text: &str) -> Result<Self, NotANodeType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NotANodeType)
    }
}

/// A field that some types of nodes require or do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeField {
    /// The node that it runs on.
    Host,
    /// The host name or IP address.
    Address,
    /// The operating system's machine id.
    MachineId,
    /// The operating system.
    Distro,
    /// The container's id.
    ContainerId,
    /// The container's name.
    ContainerName,
    /// The model of the machine or instance.
    Model,
    /// The cloud or other region.
    Region,
    /// The availability zone.
    Az,
    /// The cloud's id of the instance.
    InstanceId,
    /// The manufacturer.
    Manufacturer,
    /// The manufacturer's serial number.
    SerialNumber,
}

/// Whether nodes of a type must, may or must not have a value for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// They must have a value.
    Required,
    /// They may have a value.
    Optional,
    /// They must not have a value.
    Absent,
}

use Rule::{Absent as N, Optional as O, Required as R};

/// Each field with one rule for each type, in the order of [`NodeType::ALL`].
const TABLE: [(NodeField, [Rule; 6]); 12] = [
    //                          generic, container, remote, rds, azure, machine tool
    (NodeField::Host, [O, O, O, N, N, N]),
    (NodeField::Address, [R, R, R, R, R, O]),
    (NodeField::MachineId, [O, O, N, N, N, N]),
    (NodeField::Distro, [O, N, N, N, N, N]),
    (NodeField::ContainerId, [N, O, N, N, N, N]),
    (NodeField::ContainerName, [N, O, N, N, N, N]),
    (NodeField::Model, [O, O, O, O, O, O]),
    (NodeField::Region, [O, O, O, R, R, O]),
    (NodeField::Az, [O, O, O, O, O, O]),
    (NodeField::InstanceId, [N, N, N, O, N, N]),
    (NodeField::Manufacturer, [O, N, N, N, N, O]),
    (NodeField::SerialNumber, [O, N, N, N, N, O]),
];

impl NodeField {
    /// Every field.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(field, _)| *field)
    }

    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Address => "address",
            Self::MachineId => "machine_id",
            Self::Distro => "distro",
            Self::ContainerId => "container_id",
            Self::ContainerName => "container_name",
            Self::Model => "model",
            Self::Region => "region",
            Self::Az => "az",
            Self::InstanceId => "instance_id",
            Self::Manufacturer => "manufacturer",
            Self::SerialNumber => "serial_number",
        }
    }
}

/// An error in a node's fields: they do not fit its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A required value is missing.
    #[error("expected a value: nodes of type {kind} need one")]
    Missing {
        /// The field.
        field: NodeField,
        /// The node's type.
        kind: NodeType,
    },
    /// There is a value for a field that nodes of the type do not have.
    #[error("expected no `{}`: nodes of type {kind} have none", field.as_str())]
    Surplus {
        /// The field.
        field: NodeField,
        /// The node's type.
        kind: NodeType,
    },
    /// The address of an RDS instance contains a dot: it must be the instance's name, not its
    /// endpoint's.
    #[error("expected the name of the instance, which has no dots")]
    DottedInstance,
}

impl Misfit {
    /// The field of the request that the error is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Missing { field, .. } | Self::Surplus { field, .. } => field.as_str(),
            Self::DottedInstance => NodeField::Address.as_str(),
        }
    }
}

/// A node's name: like a [`Name`], but never one that looks like an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(Name);

impl NodeName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The form in which names are compared: without differences in case, and without a final dot, as
    /// host names are.
    pub fn folded(&self) -> String {
        let text = self.as_str();
        let text = text.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(text);
        // To upper case and back, so that letters with several lower-case forms become equal.
        text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl FromStr for NodeName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        refuse_id(text)?;
        text.parse().map(Self)
    }
}

text_type!(in_addresses NodeName, "minLength": 1, "maxLength": NAME_MAX, "examples": ["db-1"]);

reference_type! {
    /// A reference to a node in a URL path: its id or its name. A node that has the name of an operation at
    /// the same path, such as `export`, can be addressed only by its id; such names are refused for new
    /// nodes.
    NodeRef: NodeId, Name(NodeName), expected "a node's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["db-1"],
}

/// A machine: a computer, a container, a cloud database, a machine tool. Its type determines its
/// fields; those that it does not have are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "NodeRecord")]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The site it is at; null for none.
    pub site_id: Option<SiteId>,
    /// The node that it runs on: the host of a container or virtual machine.
    pub host_id: Option<NodeId>,
    /// Its type, which never changes.
    #[serde(rename = "type")]
    pub kind: NodeType,
    /// Its name, unique in its organization.
    pub name: NodeName,
    /// Its host name or IP address; for RDS, the name of the instance.
    pub address: Option<Address>,
    /// What it is, in a few sentences.
    pub description: Option<Description>,
    /// The operating system's machine id; cloned machines may share one.
    pub machine_id: Option<Detail>,
    /// The operating system, for people.
    pub distro: Option<Detail>,
    /// The container's id, unique in its organization.
    pub container_id: Option<Detail>,
    /// The container's name.
    pub container_name: Option<Detail>,
    /// The model of the machine or of the instance.
    pub model: Option<Detail>,
    /// The region. Within a region, no two nodes have the same address.
    pub region: Option<Detail>,
    /// The availability zone.
    pub az: Option<Detail>,
    /// The cloud's id of the instance.
    pub instance_id: Option<Detail>,
    /// The manufacturer of the machine.
    pub manufacturer: Option<Detail>,
    /// The manufacturer's serial number.
    pub serial_number: Option<Detail>,
    /// Its labels.
    pub labels: Labels,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

impl Node {
    /// A new node that has only what each node must have.
    pub fn new(
        id: NodeId,
        organization_id: OrganizationId,
        kind: NodeType,
        name: NodeName,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organization_id,
            site_id: None,
            host_id: None,
            kind,
            name,
            address: None,
            description: None,
            machine_id: None,
            distro: None,
            container_id: None,
            container_name: None,
            model: None,
            region: None,
            az: None,
            instance_id: None,
            manufacturer: None,
            serial_number: None,
            labels: Labels::default(),
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        }
    }

    /// Whether the node has a value for a field.
    pub const fn has(&self, field: NodeField) -> bool {
        match field {
            NodeField::Host => self.host_id.is_some(),
            NodeField::Address => self.address.is_some(),
            NodeField::MachineId => self.machine_id.is_some(),
            NodeField::Distro => self.distro.is_some(),
            NodeField::ContainerId => self.container_id.is_some(),
            NodeField::ContainerName => self.container_name.is_some(),
            NodeField::Model => self.model.is_some(),
            NodeField::Region => self.region.is_some(),
            NodeField::Az => self.az.is_some(),
            NodeField::InstanceId => self.instance_id.is_some(),
            NodeField::Manufacturer => self.manufacturer.is_some(),
            NodeField::SerialNumber => self.serial_number.is_some(),
        }
    }

    /// All fields that do not fit the node's type; empty if it is valid.
    pub fn misfits(&self) -> Vec<Misfit> {
        let kind = self.kind;
        let mut misfits: Vec<Misfit> = NodeField::all()
            .filter_map(|field| match (kind.rule(field), self.has(field)) {
                (Rule::Required, false) => Some(Misfit::Missing { field, kind }),
                (Rule::Absent, true) => Some(Misfit::Surplus { field, kind }),
                _ => None,
            })
            .collect();
        if kind == NodeType::RemoteRds && self.address.as_ref().is_some_and(|a| a.as_str().contains('.')) {
            misfits.push(Misfit::DottedInstance);
        }
        misfits
    }

    /// The text that free-text search looks through.
    pub fn searchable(&self) -> String {
        searchable([
            Some(self.name.as_str()),
            self.address.as_ref().map(Address::as_str),
            self.container_name.as_ref().map(Detail::as_str),
            self.serial_number.as_ref().map(Detail::as_str),
        ])
    }
}

/// The id and name of a node, as other objects show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeSummary {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: NodeName,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn node(kind: NodeType) -> Node {
        let (id, organization) =
            (NodeId::from_uuid(Uuid::from_u128(1)), OrganizationId::from_uuid(Uuid::from_u128(2)));
        Node::new(id, organization, kind, "db-1".parse().unwrap(), Timestamp::from_micros(0))
    }

    /// Sets a field to a value.
    fn give(node: &mut Node, field: NodeField, value: &str) {
        let detail = Some(value.parse().unwrap());
        match field {
            NodeField::Host => node.host_id = Some(NodeId::from_uuid(Uuid::from_u128(3))),
            NodeField::Address => node.address = Some(value.parse().unwrap()),
            NodeField::MachineId => node.machine_id = detail,
            NodeField::Distro => node.distro = detail,
            NodeField::ContainerId => node.container_id = detail,
            NodeField::ContainerName => node.container_name = detail,
            NodeField::Model => node.model = detail,
            NodeField::Region => node.region = detail,
            NodeField::Az => node.az = detail,
            NodeField::InstanceId => node.instance_id = detail,
            NodeField::Manufacturer => node.manufacturer = detail,
            NodeField::SerialNumber => node.serial_number = detail,
        }
    }

    #[test]
    fn the_node_table_has_the_order_of_fields_and_types() {
        for (n, (field, _)) in TABLE.iter().enumerate() {
            assert_eq!(*field as usize, n);
        }
        for (n, kind) in NodeType::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, n);
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!("vm".parse::<NodeType>(), Err(NotANodeType));
    }

    #[test]
    fn every_field_that_does_not_fit_the_node_type_is_named() {
        let mut rds = node(NodeType::RemoteRds);
        give(&mut rds, NodeField::Address, "db.example.net");
        give(&mut rds, NodeField::Distro, "Debian");
        let said: Vec<_> = rds.misfits().iter().map(|m| (m.field(), m.to_string())).collect();
        assert_eq!(
            said,
            [
                ("distro", "expected no `distro`: nodes of type remote_rds have none".to_owned()),
                ("region", "expected a value: nodes of type remote_rds need one".to_owned()),
                ("address", "expected the name of the instance, which has no dots".to_owned()),
            ]
        );
        assert_eq!(node(NodeType::MachineTool).misfits(), []);
    }

    #[test]
    fn a_node_name_is_never_an_id() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        assert_eq!(id.parse::<NodeName>(), Err(BadName::LooksLikeAnId));
        assert!(matches!(id.parse(), Ok(NodeRef::Id(_))));
        assert!(matches!("db-1".parse(), Ok(NodeRef::Name(_))));
    }

    proptest! {
        #[test]
        fn a_valid_node_has_exactly_the_fields_of_its_type(
            kind in prop::sample::select(NodeType::ALL.to_vec()),
            given in prop::collection::vec(any::<bool>(), TABLE.len()),
            repair in any::<bool>(),
        ) {
            let mut node = node(kind);
            for (field, given) in NodeField::all().zip(given) {
                // Few random sets of fields are valid, so some are repaired.
                let given = match kind.rule(field) {
                    Rule::Required if repair => true,
                    Rule::Absent if repair => false,
                    _ => given,
                };
                if given {
                    give(&mut node, field, "x");
                }
            }
            let misfits = node.misfits();
            prop_assert!(!repair || misfits.is_empty());
            for field in NodeField::all() {
                let wrong = misfits.iter().any(|m| m.field() == field.as_str());
                let right = match kind.rule(field) {
                    Rule::Required => node.has(field),
                    Rule::Optional => true,
                    Rule::Absent => !node.has(field),
                };
                prop_assert_eq!(wrong, !right);
            }
        }

        #[test]
        fn every_node_name_is_a_node_reference(text in "\\PC{0,40}") {
            if let Ok(name) = text.parse::<NodeName>() {
                prop_assert_eq!(text.parse::<NodeRef>(), Ok(NodeRef::Name(name)));
            }
        }
    }
}
