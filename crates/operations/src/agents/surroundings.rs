//! The services and nodes that, besides the agents, decide where agents' secrets go; read for many
//! agents at once.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::{Agent, AgentType, Route};
use bailiwick_domain::id::{NodeId, OrganizationId, ServiceId};
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::Service;
use bailiwick_engine::error::Result;
use bailiwick_store::Run;
use bailiwick_store::nodes::Nodes;
use bailiwick_store::services::Services;

/// The services and nodes that agents refer to, in the caller's reach or not.
#[derive(Default)]
pub struct Surroundings {
    services: HashMap<ServiceId, Service>,
    nodes: HashMap<NodeId, Node>,
}

impl Surroundings {
    /// Reads those of an organization's agents. The agents must have been read with all that they
    /// observe.
    pub async fn find<R: Run>(
        mut run: R,
        organization: OrganizationId,
        agents: impl IntoIterator<Item = &Agent> + Clone,
    ) -> Result<Self> {
        let whole = OrganizationReach::whole(organization);
        // A program observes one service: the oldest, because ids are in the order of creation.
        let first = agents.clone().into_iter().filter_map(|agent| agent.observes.services.first().copied());
        let services: Vec<ServiceId> = first.collect::<BTreeSet<_>>().into_iter().collect();
        let mut nodes = BTreeSet::new();
        for agent in agents {
            let is_asked_by_the_server = agent.kind == AgentType::ExternalExporter;
            let observed = agent.observes.nodes.iter().copied();
            nodes.extend(observed.filter(|node| Some(*node) != agent.runs_on));
            nodes.extend(agent.runs_on.filter(|_| is_asked_by_the_server));
        }
        let nodes: Vec<NodeId> = nodes.into_iter().collect();
        let services = Services::new(&mut run, &whole).some(&services).await?;
        let nodes = Nodes::new(&mut run, &whole).all_of(&nodes, &[]).await?;
        Ok(Self {
            services: services.into_iter().map(|service| (service.id, service)).collect(),
            nodes: nodes.into_iter().map(|node| (node.id, node)).collect(),
        })
    }

    /// The service that an agent observes; if there are several, the one that was entered first.
    pub fn service(&self, agent: &Agent) -> Option<&Service> {
        agent.observes.services.first().and_then(|id| self.services.get(id))
    }

    /// The nodes that an agent observes from another node.
    pub fn nodes<'a>(&'a self, agent: &'a Agent) -> impl Iterator<Item = &'a Node> {
        let others = agent.observes.nodes.iter().filter(|node| Some(**node) != agent.runs_on);
        others.filter_map(|id| self.nodes.get(id))
    }

    /// What decides where the secrets of an agent go.
    pub fn route<'a>(&'a self, agent: &'a Agent) -> Route<'a> {
        let host = agent.runs_on.and_then(|id| self.nodes.get(&id));
        Route {
            kind: agent.kind,
            settings: &agent.settings,
            runs_on: agent.runs_on,
            address: host.and_then(|node| node.address.as_ref()).map(Address::as_str),
            listen_port: agent.listen_port,
            service: self.service(agent),
            regions: self.nodes(agent).filter_map(|node| node.region.as_ref()).map(Detail::as_str).collect(),
        }
    }
}
