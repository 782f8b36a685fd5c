//! The programs that a node's agent must run, derived from the agents in the inventory.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::agent::{AgentType, PROGRAMS_MAX, Route, SecretName, Settings, withheld};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::node::Node;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::Service;
use bailiwick_engine::error::{Error, Result};
use bailiwick_operations::agents::{Surroundings, enabled_on};
use bailiwick_operations::front::{Offered, offered};
use bailiwick_store::agent_secrets::AgentSecret;
use zeroize::Zeroizing;

use crate::connections::Connection;
use crate::fleet::Fleet;

/// The programs that a node's agent must run.
#[derive(Debug, Default)]
pub struct Desired {
    /// The programs, by the id of their agent in the inventory.
    pub programs: BTreeMap<AgentId, Program>,
    /// How it must serve their metrics; `None` if it must not.
    pub front: Option<Offered>,
}

/// A program that a node's agent must run.
pub struct Program {
    /// The type of its agent.
    pub kind: AgentType,
    /// Its settings.
    pub settings: Settings,
    /// Its secrets, by name.
    pub secrets: BTreeMap<SecretName, Zeroizing<String>>,
    /// Why its secrets are withheld and it must not run; `None` if they are not.
    pub withheld: Option<String>,
    /// The port on which it must listen; `None` if the agent may choose one.
    pub listen_port: Option<Port>,
    /// The service that it observes; if there are several, the one that was entered first.
    pub service: Option<Service>,
    /// The other nodes that it observes.
    pub nodes: Vec<Node>,
}

impl std::fmt::Debug for Program {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, settings, secrets, withheld, listen_port, service, nodes } = self;
        let secrets: Vec<_> = secrets.keys().collect();
        f.debug_struct("Program")
            .field("kind", kind)
            .field("settings", settings)
            .field("secrets", &secrets)
            .field("withheld", withheld)
            .field("listen_port", listen_port)
            .field("service", service)
            .field("nodes", nodes)
            .finish()
    }
}

impl Fleet {
    /// The programs that the agent of a connection must run: the enabled agents of supervised types
    /// that run on its node. Empty for other OpAMP clients.
    pub async fn desired_of(&self, connection: &Connection) -> Result<Desired> {
        if !connection.is_ours {
            return Ok(Desired::default());
        }
        let whole = OrganizationReach::whole(connection.organization);
        let mut agents = enabled_on(self.control.store(), &whole, connection.node).await?;
        agents.retain(|agent| agent.kind.is_supervised());
        if agents.len() > PROGRAMS_MAX {
            tracing::warn!(node = %connection.node, "a node has more than {PROGRAMS_MAX} programs to run; the last ones are skipped");
            agents.truncate(PROGRAMS_MAX);
        }
        if agents.is_empty() {
            return Ok(Desired::default());
        }
        let around = Surroundings::find(self.control.store(), connection.organization, &agents).await?;
        let routes: Vec<_> = agents.iter().map(|agent| (agent.id, around.route(agent))).collect();
        let mut secrets = self.opened(&routes).await?;
        let programs = agents.iter().map(|agent| {
            let Opened { secrets, withheld } = secrets.remove(&agent.id).unwrap_or_default();
            let program = Program {
                kind: agent.kind,
                settings: agent.settings.clone(),
                secrets,
                withheld,
                listen_port: agent.configured_port,
                service: around.service(agent).cloned(),
                nodes: around.nodes(agent).cloned().collect(),
            };
            (agent.id, program)
        });
        let programs = programs.collect();
        let front = offered(&self.control, connection.organization, connection.node).await?;
        Ok(Desired { programs, front })
    }

    /// Opens the secrets of agents, for the route on which they would be sent. A secret that was given
    /// for another destination is not opened, and neither are the other secrets of its agent, which
    /// could not do its work without all of them.
    pub(crate) async fn opened(&self, routes: &[(AgentId, Route<'_>)]) -> Result<HashMap<AgentId, Opened>> {
        let mut opened: HashMap<AgentId, Opened> = HashMap::new();
        let peppers = self.control.keyring().peppers();
        let ids: Vec<AgentId> = routes.iter().map(|(id, _)| *id).collect();
        let routes: HashMap<AgentId, &Route<'_>> = routes.iter().map(|(id, route)| (*id, route)).collect();
        for AgentSecret { agent, name, destination, sealed } in
            self.control.store().secrets_of_agents(&ids).await?
        {
            let Some(route) = routes.get(&agent) else { continue };
            let goes_to = route.destination(name);
            let of_agent = opened.entry(agent).or_default();
            if destination.as_deref() != Some(&goes_to) {
                of_agent.withhold(withheld(name, destination.is_some()));
                continue;
            }
            let bytes = peppers.open(&name.place(agent, Some(&goes_to)), &sealed);
            let bytes = bytes.map_err(Error::internal)?;
            let text = std::str::from_utf8(&bytes).map_err(Error::internal)?;
            of_agent.secrets.insert(name, Zeroizing::new(text.to_owned()));
        }
        for opened in opened.values_mut().filter(|opened| opened.withheld.is_some()) {
            opened.secrets.clear();
        }
        Ok(opened)
    }
}

/// The opened secrets of one agent.
#[derive(Default)]
pub(crate) struct Opened {
    /// All secrets; empty if they are withheld.
    pub(crate) secrets: BTreeMap<SecretName, Zeroizing<String>>,
    /// Why they are withheld; `None` if they are not.
    pub(crate) withheld: Option<String>,
}

impl Opened {
    /// Notes why a secret is withheld. The first reason is kept.
    fn withhold(&mut self, why: String) {
        self.withheld.get_or_insert(why);
    }
}
