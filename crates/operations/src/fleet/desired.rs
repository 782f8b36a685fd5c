//! What the agent of a node is to keep running, from the agents that are entered for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::agent::{AgentType, PROGRAMS_MAX, SecretName, Settings};
use bailiwick_domain::id::{AgentId, NodeId, ServiceId};
use bailiwick_domain::node::Node;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::Service;
use bailiwick_store::{AgentFilter, List};
use zeroize::Zeroizing;

use super::Connection;
use crate::agents::AgentSort;
use crate::control::Control;
use crate::error::{Error, Result};

/// What the agent of a node is to keep running.
#[derive(Debug, Default)]
pub struct Desired {
    /// The programs.
    pub programs: BTreeMap<AgentId, Program>,
}

/// One program.
pub struct Program {
    /// What kind of agent it is.
    pub kind: AgentType,
    /// How it is set up.
    pub settings: Settings,
    /// Its secrets.
    pub secrets: BTreeMap<SecretName, Zeroizing<String>>,
    /// The service that it watches: of several the one that was entered first.
    pub service: Option<Service>,
    /// The other nodes that it watches.
    pub nodes: Vec<Node>,
}

impl std::fmt::Debug for Program {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, settings, secrets, service, nodes } = self;
        let secrets: Vec<_> = secrets.keys().collect();
        f.debug_struct("Program")
            .field("kind", kind)
            .field("settings", settings)
            .field("secrets", &secrets)
            .field("service", service)
            .field("nodes", nodes)
            .finish()
    }
}

impl Control {
    /// What the agent at a connection is to keep running: the agents of types that are supervised
    /// which run on its node and are enabled. Nothing for somebody else's client.
    pub async fn desired_of(&self, connection: &Connection) -> Result<Desired> {
        if !connection.is_ours {
            return Ok(Desired::default());
        }
        let whole = OrganizationReach::whole(connection.organization);
        let filter =
            AgentFilter { runs_on: Some(connection.node), enabled: Some(true), ..AgentFilter::default() };
        let list = List { limit: PageLimit::near(u32::MAX), cursor: None, sort: AgentSort::CreatedAt };
        let mut agents = self.store.agents(&whole).list(&filter, list).await?.items;
        agents.retain(|agent| agent.kind.is_supervised());
        if agents.len() > PROGRAMS_MAX {
            tracing::warn!(node = %connection.node, "more than {PROGRAMS_MAX} programs are to run; the last are left out");
            agents.truncate(PROGRAMS_MAX);
        }
        if agents.is_empty() {
            return Ok(Desired::default());
        }
        // Ids are in the order of their creation.
        let first = agents.iter().filter_map(|agent| agent.observes.services.first().copied());
        let services: Vec<ServiceId> = first.collect::<BTreeSet<_>>().into_iter().collect();
        let services = self.store.services(&whole).some(&services).await?;
        let services: HashMap<ServiceId, Service> =
            services.into_iter().map(|service| (service.id, service)).collect();
        let others = agents.iter().flat_map(|agent| &agent.observes.nodes).copied();
        let others: BTreeSet<NodeId> = others.filter(|node| *node != connection.node).collect();
        let others: Vec<NodeId> = others.into_iter().collect();
        let nodes = self.store.nodes(&whole).all_of(&others, &[]).await?;
        let nodes: HashMap<NodeId, Node> = nodes.into_iter().map(|node| (node.id, node)).collect();
        let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
        let mut secrets = self.opened(&ids).await?;
        let programs = agents.into_iter().map(|agent| {
            let observed = agent.observes.nodes.iter();
            let program = Program {
                kind: agent.kind,
                settings: agent.settings,
                secrets: secrets.remove(&agent.id).unwrap_or_default(),
                service: agent.observes.services.first().and_then(|id| services.get(id).cloned()),
                nodes: observed.filter_map(|id| nodes.get(id).cloned()).collect(),
            };
            (agent.id, program)
        });
        Ok(Desired { programs: programs.collect() })
    }

    /// The secrets of agents, opened for whoever starts them.
    pub(crate) async fn opened(
        &self,
        agents: &[AgentId],
    ) -> Result<HashMap<AgentId, BTreeMap<SecretName, Zeroizing<String>>>> {
        let mut opened: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        let peppers = self.keyring.peppers();
        for secret in self.store.secrets_of_agents(agents).await? {
            let bytes = peppers.open(&secret.name.place(secret.agent), &secret.sealed);
            let bytes = bytes.map_err(Error::internal)?;
            let text = std::str::from_utf8(&bytes).map_err(Error::internal)?;
            opened.entry(secret.agent).or_default().insert(secret.name, Zeroizing::new(text.to_owned()));
        }
        Ok(opened)
    }
}
