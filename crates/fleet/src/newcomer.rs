//! Creation of a node, an agent and a key for a machine that enrols.

use std::collections::HashSet;

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Observed, Reported, Settings};
use bailiwick_domain::enrolment::Origin;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::key::{Actor, Key, KeyDigests, KeyKind, KeyText};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Detail, Name};
use bailiwick_domain::node::{Node, NodeName, NodeType};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::reserved::refuse_in_addresses;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::links::Links;
use bailiwick_store::presence::Sighting;
use bailiwick_store::{Error as StoreError, Run, Tx};
use uuid::Uuid;

use crate::fleet::Fleet;
use crate::guest::{Guest, Hello};

/// The name of a machine that does not report its host name.
const NAMELESS: &str = "node";
/// The numbers up to which names are tried, step by step, before a name is made unique with an id.
const NUMBERS: [usize; 4] = [20, 200, 2_000, 20_000];
/// How many characters of a name are reserved for what makes it unique.
const ROOM: usize = 34;

/// The organization, site and labels of a new node.
pub(crate) struct NewNode {
    pub(crate) organization: OrganizationId,
    pub(crate) site: Option<SiteId>,
    pub(crate) labels: Labels,
    /// The id of the machine, if it is to be recorded.
    pub(crate) machine_id: Option<Detail>,
}

/// The first choice for a node's name: the host name, if it is valid, with room for a number after it.
fn first_name(facts: &Facts) -> String {
    let hostname = facts.hostname.as_deref().unwrap_or(NAMELESS);
    let hostname = hostname.strip_suffix('.').unwrap_or(hostname);
    let cut: String = hostname.chars().take(bailiwick_domain::name::NAME_MAX - ROOM).collect();
    let name = cut.trim_end().to_owned();
    let is_name = name.parse::<NodeName>().is_ok() && refuse_in_addresses(&name).is_ok();
    if is_name { name } else { NAMELESS.to_owned() }
}

/// The first address of a machine that is neither link-local nor loopback.
fn address(facts: &Facts) -> Option<Address> {
    let is_local = |address: &std::net::IpAddr| match address {
        std::net::IpAddr::V4(v4) => v4.is_link_local() || v4.is_loopback(),
        std::net::IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_loopback(),
    };
    let found = facts.addresses.iter().find(|address| !is_local(address));
    found.and_then(|address| address.to_string().parse().ok())
}

impl Guest {
    /// A new node with a free name; not yet written.
    pub(crate) async fn new_node(&self, tx: &mut Tx, place: NewNode, hello: &Hello) -> Result<Node> {
        let control = &self.fleet.control;
        let now = control.now();
        let id = NodeId::new(control.clock(), control.entropy());
        let NewNode { organization, site, labels, machine_id } = place;
        let facts = &hello.facts;
        let name = match self.free_name(tx, organization, &first_name(facts)).await? {
            Some(name) => name,
            None => {
                let name = format!("{}-{}", first_name(facts), id.as_uuid().simple());
                name.parse().map_err(Error::internal)?
            }
        };
        let own = address(facts);
        let address = own.or_else(|| self.cx.address().to_string().parse().ok());
        Ok(Node {
            site_id: site,
            address,
            machine_id,
            distro: facts.os_description.as_ref().and_then(|text| text.parse::<Detail>().ok()),
            labels,
            ..Node::new(id, organization, NodeType::Generic, name, now)
        })
    }

    /// The first free name in the organization among the name itself and the name with numbers.
    async fn free_name(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        first: &str,
    ) -> Result<Option<NodeName>> {
        let mut from = 1;
        for to in NUMBERS {
            let numbered = |n: usize| if n == 1 { first.to_owned() } else { format!("{first}-{n}") };
            let names: Vec<NodeName> = (from..=to).filter_map(|n| numbered(n).parse().ok()).collect();
            let taken: HashSet<String> =
                tx.links().taken_names(organization, &names).await?.into_iter().collect();
            if let Some(free) = names.into_iter().find(|name| !taken.contains(&name.folded())) {
                return Ok(Some(free));
            }
            from = to + 1;
        }
        Ok(None)
    }

    /// Writes a new node.
    pub(crate) async fn write_node(&self, tx: &mut Tx, node: &Node) -> Result<()> {
        let whole = OrganizationReach::whole(node.organization_id);
        match tx.nodes(&whole).create(node).await {
            Ok(()) => Ok(()),
            // The name was taken, or the site deleted, at this very moment.
            Err(StoreError::Taken | StoreError::InUse) => Err(Error::Unavailable),
            Err(error) => Err(error.into()),
        }
    }

    /// A new agent on a node; not yet written.
    pub(crate) fn new_agent(&self, kind: AgentType, organization: OrganizationId, node: NodeId) -> Agent {
        let control = &self.fleet.control;
        let now = control.now();
        let mut agent = Agent {
            id: AgentId::new(control.clock(), control.entropy()),
            organization_id: organization,
            kind,
            runs_on: Some(node),
            observes: Observed { nodes: [node].into(), ..Observed::default() },
            enabled: true,
            description: None,
            settings: Settings::default(),
            secrets: Default::default(),
            listen_port: None,
            configured_port: None,
            status: AgentStatus::Starting,
            status_since: now,
            reported: Reported::default(),
            labels: Labels::default(),
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        agent.complete();
        agent
    }

    /// Writes a new agent and its instance id.
    pub(crate) async fn write_agent(&self, tx: &mut Tx, agent: &Agent, instance: Uuid) -> Result<()> {
        let whole = OrganizationReach::whole(agent.organization_id);
        match tx.agents(&whole).create(agent).await {
            Ok(()) => {}
            Err(StoreError::Taken | StoreError::InUse) => return Err(Error::Unavailable),
            Err(error) => return Err(error.into()),
        }
        self.write_instance(tx, agent.id, instance).await
    }

    /// Writes a new node with its origin, and creates its agent. Returns the agent's id.
    pub(crate) async fn write_machine(
        &self,
        tx: &mut Tx,
        node: &Node,
        origin: &Origin,
        instance: Uuid,
    ) -> Result<AgentId> {
        self.write_node(tx, node).await?;
        tx.links().set_origin(node.id, origin).await?;
        let agent = self.new_agent(AgentType::BailiwickAgent, node.organization_id, node.id);
        self.write_agent(tx, &agent, instance).await?;
        Ok(agent.id)
    }

    /// Writes the instance id of an agent.
    pub(crate) async fn write_instance(&self, tx: &mut Tx, agent: AgentId, instance: Uuid) -> Result<()> {
        match tx.links().set_instance(agent, instance).await {
            Ok(()) => Ok(()),
            Err(StoreError::Taken) => Err(Error::Unavailable),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes in a transaction that a node's agent was seen, so that a machine which enrols at the same
    /// moment with the same machine id is treated as another machine.
    pub(crate) async fn see(&self, tx: &mut Tx, node: NodeId) -> Result<()> {
        let at = self.fleet.control.now();
        tx.see_nodes(&[Sighting { node, at, left: false, by_ours: true }]).await?;
        Ok(())
    }

    /// The instance id that an agent without one gets: the one that it sent, unless another agent of the organization has
    /// it.
    pub(crate) async fn free_instance<R: Run>(
        &self,
        mut links: Links<R>,
        organization: OrganizationId,
        sent: Option<Uuid>,
    ) -> Result<Uuid> {
        Ok(match sent {
            Some(sent) if links.instance(organization, sent).await?.is_none() => sent,
            _ => self.new_instance(),
        })
    }

    /// A new instance id for a client.
    pub(crate) fn new_instance(&self) -> Uuid {
        AgentId::new(self.fleet.control.clock(), self.fleet.control.entropy()).as_uuid()
    }
}

impl Fleet {
    /// Creates an agent's key. Only the agent learns its secret.
    pub(crate) async fn make_agent_key(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        (agent, node, name): (AgentId, NodeId, &NodeName),
        created_by: Actor,
    ) -> Result<KeyText> {
        let now = self.control.now();
        let text = KeyText::mint(KeyKind::Agent, self.control.entropy());
        let named: String =
            format!("Agent of {name}").chars().take(bailiwick_domain::name::NAME_MAX).collect();
        let name: Name = named.trim_end().parse().map_err(Error::internal)?;
        let key = Key {
            id: text.id(),
            kind: KeyKind::Agent,
            name,
            description: None,
            organization_id: Some(organization),
            user: None,
            role: None,
            scopes: Default::default(),
            reach: Reach { nodes: Some([node].into()), ..Reach::EVERYTHING },
            not_before: None,
            expires_at: None,
            disabled: None,
            allowed_ips: Vec::new(),
            denied_ips: Vec::new(),
            rate_limit: None,
            command_limits: None,
            enrolment: None,
            agent: Some(agent),
            created_at: now,
            created_by,
            updated_at: now,
            revision: Revision::FIRST,
            last_used: None,
            previous_secret_until: None,
        };
        let digests =
            KeyDigests { current: self.control.keyring().peppers().digest(&text), key, previous: None };
        tx.keys(&Reach::EVERYTHING).create(&digests).await?;
        Ok(text)
    }
}
