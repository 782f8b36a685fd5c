//! Other OpAMP clients: agents of type `opamp`, with a key that may create agents.

use std::sync::Arc;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::{Node, NodeName};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::memory::streams::Opener;
use bailiwick_operations::agents::require_reach;
use bailiwick_operations::ids;
use bailiwick_store::links::LinkedAgent;
use bailiwick_store::{Error as StoreError, Tx};

use crate::connections::Connection;
use crate::guest::{Connected, Greeting, Guest, Hello};
use crate::newcomer::NewNode;

/// The error for a client that does not say on which machine it runs.
const NO_HOST: &str = "expected the attribute `host.name` or `host.id`: a client needs a node to run on";

/// The host name that a client reports, if it is a valid node name.
fn host_name(hello: &Hello) -> Option<NodeName> {
    hello.facts.hostname.as_deref().and_then(|name| name.parse().ok())
}

impl Guest {
    /// Answers the hello of another OpAMP client: finds its agent, or registers a new one.
    pub(crate) async fn welcome(&self, cx: &Cx, hello: &Hello) -> Result<Greeting> {
        let reach = cx.organization_reach()?;
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        let Some(instance) = hello.instance else {
            return Ok(Greeting::Renamed(self.new_instance()));
        };
        let found = control.store().links().instance(reach.organization, instance).await?;
        let agent = match found {
            // The instance id belongs to an agent of Bailiwick, which has a key of its own.
            Some(found) if found.kind != AgentType::Opamp => {
                return Ok(Greeting::Renamed(self.new_instance()));
            }
            Some(found) => {
                let reached = control.store().agents(&reach).get(found.id).await?;
                reached.ok_or_else(|| Error::not_found("agent", found.id))?;
                found
            }
            None => self.register(cx, &reach, hello, instance).await?,
        };
        let key = cx.key().ok_or(Error::CredentialMissing)?;
        if let Some(older) = fleet.connections.other(agent.id) {
            if older.answers().await {
                let may = fleet.connections.may_clone(key.id(), control.now());
                return if may {
                    Ok(Greeting::Renamed(self.new_instance()))
                } else {
                    Err(Error::Unavailable)
                };
            }
            older.end();
        }
        let (connection, told) = Connection::of_another(agent.id, agent.node, agent.organization, key.id());
        let operation = control.listings().get(&ids::AGENTS_CREATE).map(|listing| listing.index);
        let opener = Opener::Key { id: key.id(), address: self.cx.address(), operation };
        let stream = control.open_stream(opener, Some(agent.organization), connection.end_token());
        fleet.connections.insert(Arc::clone(&connection));
        Ok(Greeting::Connected(Box::new(Connected { connection, told, instance: None, stream })))
    }

    /// Registers an unknown client as an agent, and creates a node if there is none for its machine.
    async fn register(
        &self,
        cx: &Cx,
        reach: &OrganizationReach,
        hello: &Hello,
        instance: uuid::Uuid,
    ) -> Result<LinkedAgent> {
        let mut write = cx.write().await?;
        let mut targets = Vec::new();
        let node = match self.machine_of(write.tx(), reach, hello).await? {
            Some(node) => {
                if let Some(known) = self.returning(write.tx(), reach, hello, node.id).await? {
                    self.write_instance(write.tx(), known.id, instance).await?;
                    write.commit(vec![Target::new("agent", known.id)], ()).await?;
                    return Ok(LinkedAgent { instance: Some(instance), ..known });
                }
                node
            }
            None => {
                if hello.machine_id.is_none() && host_name(hello).is_none() {
                    return Err(Error::invalid("agent_description", NO_HOST));
                }
                cx.require_operation(ids::NODES_CREATE)?;
                let site = match reach.sites.as_ref().map(|sites| sites.iter().collect::<Vec<_>>()) {
                    // With only one site in reach, the node must be there.
                    Some(sites) if sites.len() == 1 => sites.first().map(|site| **site),
                    _ => None,
                };
                // Only a caller that reaches the whole organization may set a node's machine id.
                let machine_id = hello.machine_id.clone().filter(|_| !reach.is_partial());
                let labels = Labels::default();
                let place = NewNode { organization: reach.organization, site, labels, machine_id };
                let node = self.new_node(write.tx(), place, hello).await?;
                if !reach.touches_node(node.id, node.site_id, &node.labels) {
                    return Err(Error::ReachTooNarrow("the node would be outside of it"));
                }
                self.write_node(write.tx(), &node).await?;
                targets.push(Target::new("node", node.id));
                node
            }
        };
        let mut agent = self.new_agent(AgentType::Opamp, reach.organization, node.id);
        agent.description = hello.program.as_ref().and_then(|program| program.parse().ok());
        require_reach(write.tx(), reach, &agent).await?;
        self.write_agent(write.tx(), &agent, instance).await?;
        targets.push(Target::new("agent", agent.id));
        let linked = LinkedAgent {
            id: agent.id,
            kind: agent.kind,
            instance: Some(instance),
            node: node.id,
            node_name: node.name,
            organization: reach.organization,
            site: node.site_id,
            machine_id: node.machine_id,
            presence: None,
            keys: 0,
            cloned_from: None,
            previous: None,
        };
        write.commit(targets, ()).await?;
        Ok(linked)
    }

    /// The agent that this client was before it restarted: the same program on the same machine, not
    /// connected now.
    async fn returning(
        &self,
        tx: &mut Tx,
        reach: &OrganizationReach,
        hello: &Hello,
        node: NodeId,
    ) -> Result<Option<LinkedAgent>> {
        let description = hello.program.as_ref().and_then(|program| program.parse::<Detail>().ok());
        let Some(program) = description else { return Ok(None) };
        for known in tx.links().clients(reach.organization, node, program.as_str()).await? {
            let is_connected = self.fleet.connections.other(known.id).is_some_and(|other| !other.has_ended());
            if !is_connected && tx.agents(reach).get(known.id).await?.is_some() {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    /// The node in reach that is the client's machine: the only one with its machine id, or else the
    /// one with its host name, unless that one has another machine id.
    async fn machine_of(
        &self,
        tx: &mut Tx,
        reach: &OrganizationReach,
        hello: &Hello,
    ) -> Result<Option<Node>> {
        if let Some(machine_id) = &hello.machine_id
            && let [machine] = tx.links().machines(reach.organization, machine_id).await?.as_slice()
            && let Some(node) = tx.nodes(reach).get(machine.node).await?
        {
            return Ok(Some(node));
        }
        let Some(name) = host_name(hello) else { return Ok(None) };
        let named = match tx.nodes(reach).named(&name).await {
            // Several nodes have the name, and there is no way to tell which one it is.
            Err(StoreError::Ambiguous(_)) => return Ok(None),
            named => named?,
        };
        let runs_agents = |node: &Node| {
            use bailiwick_domain::node::NodeType;
            matches!(node.kind, NodeType::Generic | NodeType::Container | NodeType::MachineTool)
        };
        let is_another = |node: &Node| {
            node.machine_id.is_some() && hello.machine_id.is_some() && node.machine_id != hello.machine_id
        };
        Ok(named.filter(|node| runs_agents(node) && !is_another(node)))
    }
}
