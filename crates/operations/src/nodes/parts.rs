//! What is created together with a node: agents and services that run on it.

use bailiwick_domain::agent::{AgentType, Secrets, Settings};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Description;
use bailiwick_domain::node::{Node, NodeRef};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ids, view};
use crate::agents::{self, CreateAgent, NewAgent, Observes};
use crate::references::{KnownNodes, check_length};
use crate::services::{CreateService, NewService, ServiceWithAgents};

/// The most agents that are created with a node.
pub(super) const AGENTS_MAX: usize = 20;
/// The most services that are created with a node.
pub(super) const SERVICES_MAX: usize = 20;

/// An agent that is created with the node that it runs on.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AgentOfNode")]
pub(crate) struct NodeAgent {
    /// The type of agent: one that observes the node that it runs on.
    #[schemars(example = &"node_exporter")]
    r#type: AgentType,
    /// Whether it is enabled; true if absent.
    enabled: Option<bool>,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// Its settings.
    #[serde(default)]
    settings: Settings,
    /// Its secrets, by name. They are never shown.
    #[serde(default)]
    secrets: Secrets,
    /// The port of its metrics. Required for external exporters. For others, the node's agent chooses a
    /// port if none is given, and keeps it.
    listen_port: Option<Port>,
    /// Its labels.
    #[serde(default)]
    labels: Labels,
}

impl NodeAgent {
    /// The input that creates the agent.
    fn create(self, node: NodeId) -> CreateAgent {
        CreateAgent {
            r#type: self.r#type,
            runs_on: Some(NodeRef::Id(node)),
            observes: Observes::default(),
            enabled: self.enabled,
            description: self.description,
            labels: self.labels,
            settings: self.settings,
            secrets: self.secrets,
            listen_port: self.listen_port,
            allow_duplicate: None,
        }
    }
}

/// A node, and what was created with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct NodeWithParts {
    /// The node.
    #[serde(flatten)]
    pub(super) node: view::Node,
    /// The agents that were created with it.
    agents: Vec<agents::ShownAgent>,
    /// The services that were created with it.
    services: Vec<ServiceWithAgents>,
}

/// What a request says of agents and services on a new node.
pub(super) struct Parts {
    pub(super) agents: Vec<NodeAgent>,
    pub(super) services: Vec<CreateService>,
}

/// Valid new agents and services on a new node.
pub(super) struct NewParts {
    agents: Vec<NewAgent>,
    services: Vec<NewService>,
}

/// Agents and services that were written.
#[derive(Default)]
pub(super) struct MadeParts {
    agents: Vec<agents::ShownAgent>,
    services: Vec<ServiceWithAgents>,
}

impl Parts {
    /// Refuses callers that may not create what the request lists.
    pub(super) fn require_scopes(&self, cx: &Cx) -> Result<()> {
        if !self.agents.is_empty() {
            cx.require_operation(ids::AGENTS_CREATE)?;
        }
        if !self.services.is_empty() {
            cx.require_operation(ids::SERVICES_CREATE)?;
        }
        self.services.iter().try_for_each(|service| service.require_scopes(cx))
    }

    /// Builds the agents and services on a node that is not written yet. Adds errors if they are invalid.
    pub(super) async fn build(
        self,
        cx: &Cx,
        tx: &mut Tx,
        reach: &OrganizationReach,
        node: &Node,
        errors: &mut Vec<FieldError>,
    ) -> Result<NewParts> {
        check_length("agents", &self.agents, AGENTS_MAX, errors);
        check_length("services", &self.services, SERVICES_MAX, errors);
        let services: Vec<CreateService> =
            self.services.into_iter().take(SERVICES_MAX).map(|service| service.on(node.id)).collect();
        let named = services.iter().flat_map(CreateService::names_nodes);
        let mut known = KnownNodes::find(tx.nodes(reach), named).await?;
        known.add(node.clone());
        let agents = self.agents.into_iter().take(AGENTS_MAX).enumerate().filter_map(|(n, agent)| {
            let prefix = format!("agents[{n}].");
            agent.create(node.id).build(cx, reach, &known, Vec::new(), &prefix, errors)
        });
        let agents = agents.collect();
        let services = services.into_iter().enumerate().map(|(n, service)| {
            service.build_with_agent(cx, reach, &known, &format!("services[{n}]."), errors)
        });
        Ok(NewParts { agents, services: services.collect() })
    }
}

impl NewParts {
    /// Writes the agents and services, once their node is written.
    pub(super) async fn write<'a>(
        self,
        cx: &'a Cx,
        mut write: Write<'a>,
        reach: &OrganizationReach,
    ) -> Result<(Write<'a>, MadeParts)> {
        let mut made = MadeParts::default();
        for new in self.agents {
            write = new.write_within(cx, write, reach).await?;
            made.agents.push(new.agent.into());
        }
        for new in self.services {
            let service;
            (write, service) = new.write(cx, write, reach, "services.name").await?;
            made.services.push(service);
        }
        Ok((write, made))
    }
}

impl MadeParts {
    pub(super) fn targets(&self) -> Vec<Target> {
        let agents = self.agents.iter().map(|agent| agents::NOUN.target(agent.id()));
        agents.chain(self.services.iter().flat_map(ServiceWithAgents::targets)).collect()
    }

    /// The node with them.
    pub(super) fn on(self, node: view::Node) -> NodeWithParts {
        NodeWithParts { node, agents: self.agents, services: self.services }
    }
}
