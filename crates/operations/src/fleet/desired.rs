//! What the agent of a node is to keep running, from the agents that are entered for it.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::agent::{AgentType, PROGRAMS_MAX, Route, SecretName, Settings, withheld};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::node::Node;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::Service;
use bailiwick_store::agent_secrets::AgentSecret;
use bailiwick_store::{AgentFilter, List};
use zeroize::Zeroizing;

use super::Connection;
use crate::agents::{AgentSort, Surroundings};
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
    /// Why its secrets are withheld and it is not to run, if that is so.
    pub withheld: Option<String>,
    /// The port that it is to listen at, if it may not choose.
    pub listen_port: Option<Port>,
    /// The service that it watches: of several the one that was entered first.
    pub service: Option<Service>,
    /// The other nodes that it watches.
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
        let around = Surroundings::find(&self.store, connection.organization, &agents).await?;
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
        Ok(Desired { programs: programs.collect() })
    }

    /// The secrets of agents, opened for whoever starts or asks them, by the way on which they would be
    /// sent. A secret that was given for another destination is opened for nobody, and neither are the
    /// others of its agent: without all of them it could not do its work.
    pub(crate) async fn opened(&self, routes: &[(AgentId, Route<'_>)]) -> Result<HashMap<AgentId, Opened>> {
        let mut opened: HashMap<AgentId, Opened> = HashMap::new();
        let peppers = self.keyring.peppers();
        let ids: Vec<AgentId> = routes.iter().map(|(id, _)| *id).collect();
        let routes: HashMap<AgentId, &Route<'_>> = routes.iter().map(|(id, route)| (*id, route)).collect();
        for AgentSecret { agent, name, destination, sealed } in self.store.secrets_of_agents(&ids).await? {
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

/// The secrets of one agent.
#[derive(Default)]
pub(crate) struct Opened {
    /// Each of them, or none if they are withheld.
    pub(crate) secrets: BTreeMap<SecretName, Zeroizing<String>>,
    /// Why they are withheld, if they are.
    pub(crate) withheld: Option<String>,
}

impl Opened {
    /// Notes why a secret is withheld: of several the first says it.
    fn withhold(&mut self, why: String) {
        self.withheld.get_or_insert(why);
    }
}
