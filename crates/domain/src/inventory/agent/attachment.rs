//! Which nodes agents of a type may run on, and which nodes and services they may observe.

use super::AgentType;
use crate::inventory::node::NodeType;
use crate::inventory::service::ServiceType;

/// The most nodes, and the most services, that one agent may observe.
pub const OBSERVED_MAX: usize = 100;

/// The nodes that agents of a type may observe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nodes {
    /// Only the node that they run on.
    Own,
    /// Nodes of these types; an empty list means none at all.
    Of(&'static [NodeType]),
}

/// What agents of one type may be attached to.
struct Row {
    /// The types of nodes that they may run on.
    runs_on: &'static [NodeType],
    /// Whether they may run on no node of the inventory.
    anywhere: bool,
    nodes: Nodes,
    services: &'static [ServiceType],
}

const COMPUTERS: &[NodeType] = &[NodeType::Generic, NodeType::Container];
/// Nodes that can run a program of ours or of others. On a machine tool, its controller may.
const HOSTS: &[NodeType] = &[NodeType::Generic, NodeType::Container, NodeType::MachineTool];
const NOTHING: Nodes = Nodes::Of(&[]);

const fn exporter(services: &'static [ServiceType]) -> Row {
    Row { runs_on: COMPUTERS, anywhere: false, nodes: NOTHING, services }
}

const fn cloud(nodes: &'static [NodeType]) -> Row {
    let services = &[ServiceType::Mysql, ServiceType::Postgresql];
    Row { runs_on: COMPUTERS, anywhere: false, nodes: Nodes::Of(nodes), services }
}

/// The rows, in the order of [`AgentType::ALL`], since [`AgentType::row`] indexes them by the type.
const TABLE: [(AgentType, Row); 12] = [
    (AgentType::BailiwickAgent, Row { runs_on: HOSTS, anywhere: false, nodes: Nodes::Own, services: &[] }),
    (AgentType::NodeExporter, Row { runs_on: COMPUTERS, anywhere: false, nodes: Nodes::Own, services: &[] }),
    (AgentType::MysqldExporter, exporter(&[ServiceType::Mysql])),
    (AgentType::MongodbExporter, exporter(&[ServiceType::Mongodb])),
    (AgentType::PostgresExporter, exporter(&[ServiceType::Postgresql])),
    (AgentType::ProxysqlExporter, exporter(&[ServiceType::Proxysql])),
    (AgentType::ValkeyExporter, exporter(&[ServiceType::Valkey])),
    (AgentType::RdsExporter, cloud(&[NodeType::RemoteRds])),
    (AgentType::AzureDatabaseExporter, cloud(&[NodeType::RemoteAzureDatabase])),
    (
        AgentType::MtconnectAdapter,
        Row {
            runs_on: COMPUTERS,
            anywhere: false,
            nodes: Nodes::Of(&[NodeType::MachineTool]),
            services: &[],
        },
    ),
    (
        AgentType::Opamp,
        Row {
            runs_on: HOSTS,
            anywhere: false,
            nodes: Nodes::Of(&NodeType::ALL),
            services: &ServiceType::ALL,
        },
    ),
    (
        AgentType::ExternalExporter,
        Row {
            runs_on: &[NodeType::Generic, NodeType::Container, NodeType::Remote, NodeType::MachineTool],
            anywhere: true,
            nodes: Nodes::Of(&NodeType::ALL),
            services: &[ServiceType::External, ServiceType::Haproxy],
        },
    ),
];

impl AgentType {
    fn row(self) -> &'static Row {
        &TABLE[self as usize].1
    }

    /// Whether agents of this type observe exactly the node that they run on.
    pub fn observes_its_own_node(self) -> bool {
        self.row().nodes == Nodes::Own
    }

    /// The type of agent that observes services of a type; [`ExternalExporter`](Self::ExternalExporter)
    /// if there is none made for them.
    pub fn watching(service: ServiceType) -> Self {
        match service {
            ServiceType::Mysql => Self::MysqldExporter,
            ServiceType::Mongodb => Self::MongodbExporter,
            ServiceType::Postgresql => Self::PostgresExporter,
            ServiceType::Valkey => Self::ValkeyExporter,
            ServiceType::Proxysql => Self::ProxysqlExporter,
            ServiceType::Haproxy | ServiceType::External => Self::ExternalExporter,
        }
    }
}

/// A node or service that an agent is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<T, K> {
    /// Its id.
    pub id: T,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: K,
}

/// The node that an agent is to run on, and the nodes and services that it is to observe.
#[derive(Clone, Debug)]
pub struct Attachment<'a, N, S> {
    /// The agent's type.
    pub agent: AgentType,
    /// The node it runs on.
    pub runs_on: Option<&'a Object<N, NodeType>>,
    /// The nodes it observes.
    pub nodes: &'a [Object<N, NodeType>],
    /// The services it observes.
    pub services: &'a [Object<S, ServiceType>],
}

/// An error of an attachment that the agent's type does not allow. Numbers are indexes into the lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The agent's type needs a node to run on.
    #[error("expected the node that the agent runs on: agents of type {0} need one")]
    RunsNowhere(AgentType),
    /// Agents of the type do not run on nodes of that type.
    #[error("{agent} runs on nodes of type {}; '{name}' is {kind}", list(expected.iter().map(|k| k.as_str())))]
    WrongHost {
        /// The agent's type.
        agent: AgentType,
        /// The node types that it runs on.
        expected: &'static [NodeType],
        /// The node's name.
        name: String,
        /// The node's type.
        kind: NodeType,
    },
    /// Agents of the type observe only the node that they run on.
    #[error("{0} observes only the node that it runs on")]
    NotItsOwnNode(AgentType, usize),
    /// Agents of the type do not observe nodes of that type.
    #[error("{agent} observes {}; '{name}' is {kind}", types("nodes", expected.iter().map(|k| k.as_str())))]
    WrongNode {
        /// The agent's type.
        agent: AgentType,
        /// The node types that it observes.
        expected: &'static [NodeType],
        /// The node's index in the list.
        place: usize,
        /// The node's name.
        name: String,
        /// The node's type.
        kind: NodeType,
    },
    /// Agents of the type do not observe services of that type.
    #[error("{agent} observes {}; '{name}' is {kind}", types("services", expected.iter().map(|k| k.as_str())))]
    WrongService {
        /// The agent's type.
        agent: AgentType,
        /// The service types that it observes.
        expected: &'static [ServiceType],
        /// The service's index in the list.
        place: usize,
        /// The service's name.
        name: String,
        /// The service's type.
        kind: ServiceType,
    },
    /// Too many observed nodes.
    #[error("expected at most {OBSERVED_MAX} nodes, found {0}")]
    TooManyNodes(usize),
    /// Too many observed services.
    #[error("expected at most {OBSERVED_MAX} services, found {0}")]
    TooManyServices(usize),
}

/// Joins words as in `a, b or c`.
fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// Names the allowed types, as in `nodes of type a or b`, or `no nodes`.
fn types<'a>(noun: &str, words: impl Iterator<Item = &'a str>) -> String {
    let words = list(words);
    if words.is_empty() { format!("no {noun}") } else { format!("{noun} of type {words}") }
}

impl Mismatch {
    /// The field of the request that the error is about.
    pub fn field(&self) -> String {
        match self {
            Self::RunsNowhere(_) | Self::WrongHost { .. } => "runs_on".to_owned(),
            Self::NotItsOwnNode(_, place) | Self::WrongNode { place, .. } => {
                format!("observes.nodes[{place}]")
            }
            Self::WrongService { place, .. } => format!("observes.services[{place}]"),
            Self::TooManyNodes(_) => "observes.nodes".to_owned(),
            Self::TooManyServices(_) => "observes.services".to_owned(),
        }
    }
}

impl<N: PartialEq, S> Attachment<'_, N, S> {
    /// All errors of the attachment.
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let agent = self.agent;
        let row = agent.row();
        let mut found = Vec::new();
        match self.runs_on {
            None if !row.anywhere => found.push(Mismatch::RunsNowhere(agent)),
            Some(node) if !row.runs_on.contains(&node.kind) => found.push(Mismatch::WrongHost {
                agent,
                expected: row.runs_on,
                name: node.name.clone(),
                kind: node.kind,
            }),
            _ => {}
        }
        if self.nodes.len() > OBSERVED_MAX {
            found.push(Mismatch::TooManyNodes(self.nodes.len()));
        }
        if self.services.len() > OBSERVED_MAX {
            found.push(Mismatch::TooManyServices(self.services.len()));
        }
        for (place, node) in self.nodes.iter().take(OBSERVED_MAX).enumerate() {
            match row.nodes {
                Nodes::Own if self.runs_on.is_none_or(|own| own.id != node.id) => {
                    found.push(Mismatch::NotItsOwnNode(agent, place));
                }
                Nodes::Of(expected) if !expected.contains(&node.kind) => found.push(Mismatch::WrongNode {
                    agent,
                    expected,
                    place,
                    name: node.name.clone(),
                    kind: node.kind,
                }),
                _ => {}
            }
        }
        for (place, service) in self.services.iter().take(OBSERVED_MAX).enumerate() {
            if !row.services.contains(&service.kind) {
                found.push(Mismatch::WrongService {
                    agent,
                    expected: row.services,
                    place,
                    name: service.name.clone(),
                    kind: service.kind,
                });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(id: u8, kind: NodeType) -> Object<u8, NodeType> {
        Object { id, name: format!("n{id}"), kind }
    }

    fn service(kind: ServiceType) -> Object<u8, ServiceType> {
        Object { id: 1, name: "pg1".to_owned(), kind }
    }

    fn said(attachment: &Attachment<'_, u8, u8>) -> Vec<String> {
        attachment.mismatches().iter().map(|m| format!("{}: {m}", m.field())).collect()
    }

    #[test]
    fn the_attachment_table_has_the_order_of_the_agent_types() {
        for ((agent, _), kind) in TABLE.iter().zip(AgentType::ALL) {
            assert_eq!(*agent, kind);
        }
        for service in ServiceType::ALL {
            assert!(AgentType::watching(service).row().services.contains(&service));
        }
    }

    #[test]
    fn a_mismatch_names_the_field_and_the_expected_types() {
        let (computer, rds) = (node(1, NodeType::Generic), node(2, NodeType::RemoteRds));
        let pg = [service(ServiceType::Postgresql)];
        let of = |agent| Attachment { agent, runs_on: Some(&computer), nodes: &[], services: &[] };
        assert_eq!(
            said(&Attachment { services: &pg, ..of(AgentType::MysqldExporter) }),
            ["observes.services[0]: mysqld_exporter observes services of type mysql; 'pg1' is postgresql"]
        );
        assert_eq!(
            said(&Attachment { runs_on: Some(&rds), ..of(AgentType::NodeExporter) }),
            ["runs_on: node_exporter runs on nodes of type generic or container; 'n2' is remote_rds"]
        );
        assert_eq!(
            said(&Attachment { runs_on: None, ..of(AgentType::Opamp) }),
            ["runs_on: expected the node that the agent runs on: agents of type opamp need one"]
        );
        let others = [computer.clone(), rds];
        assert_eq!(
            said(&Attachment { nodes: &others, ..of(AgentType::BailiwickAgent) }),
            ["observes.nodes[1]: bailiwick_agent observes only the node that it runs on"]
        );
        assert_eq!(
            said(&Attachment { nodes: &others[..1], services: &pg, ..of(AgentType::MtconnectAdapter) }),
            [
                "observes.nodes[0]: mtconnect_adapter observes nodes of type machine_tool; 'n1' is generic",
                "observes.services[0]: mtconnect_adapter observes no services; 'pg1' is postgresql",
            ]
        );
        let many = vec![node(1, NodeType::Generic); 101];
        assert_eq!(
            said(&Attachment { nodes: &many, ..of(AgentType::Opamp) }),
            ["observes.nodes: expected at most 100 nodes, found 101"]
        );
        assert_eq!(said(&Attachment { runs_on: None, ..of(AgentType::ExternalExporter) }), [""; 0]);
    }

    proptest! {
        /// Cloud databases exist in the inventory only, so no agent can run on them. On a machine tool,
        /// only agents that its controller can run, or that Bailiwick does not start, are possible.
        #[test]
        fn the_type_of_a_node_decides_which_agents_can_run_on_it(
            agent in prop::sample::select(AgentType::ALL.to_vec()),
            kind in prop::sample::select(NodeType::ALL.to_vec()),
        ) {
            let host = node(1, kind);
            let attachment: Attachment<'_, u8, u8> =
                Attachment { agent, runs_on: Some(&host), nodes: &[], services: &[] };
            let fits = attachment.mismatches().is_empty();
            match kind {
                NodeType::Generic | NodeType::Container => prop_assert!(fits),
                NodeType::Remote => prop_assert_eq!(fits, agent == AgentType::ExternalExporter),
                NodeType::RemoteRds | NodeType::RemoteAzureDatabase => prop_assert!(!fits),
                NodeType::MachineTool => prop_assert_eq!(
                    fits,
                    matches!(
                        agent,
                        AgentType::BailiwickAgent | AgentType::Opamp | AgentType::ExternalExporter
                    )
                ),
            }
        }
    }
}
