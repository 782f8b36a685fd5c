//! Enrolment: a machine comes with a key that enrols, and is given a node, an agent and a key of its
//! own.
//!
//! It is idempotent on the machine: one that comes again is the same node. Nothing is taken over from
//! an agent that is there, and nothing is removed.

use std::sync::Arc;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::audit::Target;
use bailiwick_domain::enrolment::Enrolment;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::node::{Node, NodeName};
use bailiwick_domain::presence::Presence;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::Tx;
use bailiwick_store::change::Change;
use bailiwick_store::holds::Holds;
use bailiwick_store::links::{LinkedAgent, Machine};
use uuid::Uuid;

use super::guest::{ENROL, Greeting, Guest, Hello, Offer};
use super::newcomer::Place;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;

/// Why nobody knows what became of what an agent was told before.
const ENROLLED_AGAIN: &str = "the machine enrolled again before it told the end";

/// What a machine is, as far as is known of it.
enum Known {
    /// It was given a key that it never used: its answer was lost.
    Again(LinkedAgent),
    /// The same machine as before, whose agent is not there.
    Returning { node: NodeId, name: NodeName, agent: Option<AgentId>, instance: Uuid },
    /// A machine that is not known; like that of a node, if it is a clone.
    New { like: Option<NodeId>, instance: Uuid },
}

impl Guest {
    /// Enrols a machine.
    pub(super) async fn enrol(
        &self,
        entry: &Arc<KeyEntry>,
        organization: OrganizationId,
        hello: &Hello,
    ) -> Result<Greeting> {
        self.find_out_who_is_there(organization, hello).await?;
        let control = &self.control;
        // Machines that come with one key are taken in one after the other: its uses are counted.
        let holds = Holds::default().using(control.rights_of(entry)).changing([Change::Key(entry.id())]);
        let mut tx = control.store.begin_holding(&holds).await?;
        // Machines of an organization are taken in one after the other.
        tx.lock_organization(organization).await?;
        match tx.key_stamp(entry.id()).await? {
            None => return Err(Error::CredentialUnknown),
            Some(stamp) if stamp != entry.stamp() => return Err(Error::KeyChanged),
            Some(_) => entry.check_state(control.clock.now(), self.address)?,
        }
        let enrolment = entry.key().enrolment.as_ref();
        let enrolment = enrolment.ok_or_else(|| Error::internal("the key enrols nobody"))?;
        let known = self.recognize(&mut tx, organization, enrolment, hello).await?;
        if !matches!(known, Known::Again(_)) && !tx.links().use_enrolment(entry.id(), enrolment.uses).await? {
            return Err(Error::EnrolmentUsedUp);
        }
        let actor = Actor::Key { id: entry.id() };
        let (node, name, agent, instance, mut targets, note) = match known {
            Known::Again(known) => {
                self.require_taking_up(&mut tx, entry, organization, known.node).await?;
                let gone = tx.links().delete_keys(known.id, None).await?;
                let targets = gone.into_iter().map(|key| Target::new("key", key)).collect();
                let instance = known.instance.unwrap_or_else(|| self.new_instance());
                let note = "the key that it was given before was never used".to_owned();
                (known.node, known.node_name, known.id, instance, targets, Some(note))
            }
            Known::Returning { node, name, agent, instance } => {
                self.require_taking_up(&mut tx, entry, organization, node).await?;
                let (agent, gone) = match agent {
                    Some(agent) => (agent, tx.links().delete_keys(agent, None).await?),
                    None => {
                        let agent = self.new_agent(AgentType::BailiwickAgent, organization, node);
                        self.write_agent(&mut tx, &agent, instance).await?;
                        (agent.id, Vec::new())
                    }
                };
                self.write_instance(&mut tx, agent, instance).await?;
                // Whoever came as a clone has now been let in by an enrolment key.
                tx.links().set_clone(agent, None).await?;
                // What it had begun it may know nothing of any more; if it does, it tells.
                tx.lose_results_of_node(node, ENROLLED_AGAIN, control.clock.now()).await?;
                let targets = gone.into_iter().map(|key| Target::new("key", key)).collect();
                (node, name, agent, instance, targets, Some("the machine was known".to_owned()))
            }
            Known::New { like, instance } => {
                let (node, name, agent) =
                    self.take_in(&mut tx, entry, organization, enrolment, hello, instance).await?;
                let note = like.map(|like| format!("a clone: its machine id is that of node {like}"));
                let targets = like.into_iter().map(|like| Target::new("node", like)).collect();
                (node, name, agent, instance, targets, note)
            }
        };
        let key = control.make_agent_key(&mut tx, organization, (agent, node, &name), actor.clone()).await?;
        self.see(&mut tx, node).await?;
        let mut all =
            vec![Target::new("node", node), Target::new("agent", agent), Target::new("key", key.id())];
        all.append(&mut targets);
        tx.append_audit(self.event(actor, organization, ENROL, all, note)).await?;
        let changes = tx.commit().await?;
        control.refresh(&changes).await?;
        if let Some(older) = control.fleet.get(node) {
            older.end();
        }
        let instance = (hello.instance != Some(instance)).then_some(instance);
        Ok(Greeting::Enrolled(Box::new(Offer { instance, key })))
    }

    /// Refuses a machine that is known where the key's maker may not make its node any more: what
    /// narrows the maker may have been narrowed since.
    async fn require_taking_up(
        &self,
        tx: &mut Tx,
        entry: &KeyEntry,
        organization: OrganizationId,
        node: NodeId,
    ) -> Result<()> {
        let whole = OrganizationReach::whole(organization);
        let found = tx.nodes(&whole).get(node).await?;
        self.require_maker(entry, &found.ok_or_else(|| Error::not_found("node", node))?)
    }

    /// Refuses a node that the key's maker may not make any more.
    fn require_maker(&self, entry: &KeyEntry, node: &Node) -> Result<()> {
        if entry.may_enrol(node, self.control.listings) {
            return Ok(());
        }
        Err(Error::ReachTooNarrow("the key's maker may not make such a node any more"))
    }

    /// Makes the node and the agent of a machine that is not known.
    async fn take_in(
        &self,
        tx: &mut Tx,
        entry: &KeyEntry,
        organization: OrganizationId,
        enrolment: &Enrolment,
        hello: &Hello,
        instance: Uuid,
    ) -> Result<(NodeId, NodeName, AgentId)> {
        if let Some(site) = enrolment.site_id {
            let whole = OrganizationReach::whole(organization);
            let found = tx.sites(&whole).existing([site]).await?;
            if found.is_empty() {
                return Err(Error::not_found("site", site));
            }
        }
        let place = Place { organization, site: enrolment.site_id, labels: enrolment.labels.clone() };
        let node = self.new_node(tx, place, hello).await?;
        self.require_maker(entry, &node)?;
        self.write_node(tx, &node).await?;
        let agent = self.new_agent(AgentType::BailiwickAgent, organization, node.id);
        self.write_agent(tx, &agent, instance).await?;
        Ok((node.id, node.name, agent.id))
    }

    /// Ends the connections that a machine may have left behind: only who answers is there.
    async fn find_out_who_is_there(&self, organization: OrganizationId, hello: &Hello) -> Result<()> {
        let mut links = self.control.store.links();
        let mut nodes = Vec::new();
        if let Some(instance) = hello.instance {
            nodes.extend(links.instance(organization, instance).await?.map(|agent| agent.node));
        }
        if let Some(machine_id) = &hello.machine_id {
            let machines = links.machines(organization, machine_id).await?;
            nodes.extend(machines.into_iter().map(|machine| machine.node));
        }
        for node in nodes {
            if let Some(connection) = self.control.fleet.get(node)
                && !connection.answers().await
            {
                connection.end();
                self.control.fleet.remove(&connection);
            }
        }
        Ok(())
    }

    /// Finds out what a machine is.
    async fn recognize(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        enrolment: &Enrolment,
        hello: &Hello,
    ) -> Result<Known> {
        let holder = match hello.instance {
            Some(instance) => tx.links().instance(organization, instance).await?,
            None => None,
        };
        // A key for one site takes up nothing that is elsewhere.
        let may_take_up = |site| enrolment.site_id.is_none() || enrolment.site_id == site;
        if let Some(holder) = &holder {
            let is_ours = holder.kind == AgentType::BailiwickAgent;
            let same_machine = holder.machine_id.is_none() || holder.machine_id == hello.machine_id;
            if is_ours && same_machine && may_take_up(holder.site) {
                if self.never_came(tx, holder.id).await? {
                    return Ok(Known::Again(holder.clone()));
                }
                if !self.is_there(tx, holder.node, holder.presence, Some(holder.id)).await? {
                    return Ok(Known::Returning {
                        node: holder.node,
                        name: holder.node_name.clone(),
                        agent: Some(holder.id),
                        instance: hello.instance.unwrap_or_else(|| self.new_instance()),
                    });
                }
            }
        }
        // Who it says it is, is somebody.
        let instance = match hello.instance {
            Some(instance) if holder.is_none() => instance,
            _ => self.new_instance(),
        };
        let machines = match &hello.machine_id {
            Some(machine_id) => tx.links().machines(organization, machine_id).await?,
            None => Vec::new(),
        };
        Ok(match machines.as_slice() {
            [Machine { node, name, site, agent, presence }]
                if may_take_up(*site) && !self.is_there(tx, *node, *presence, *agent).await? =>
            {
                Known::Returning { node: *node, name: name.clone(), agent: *agent, instance }
            }
            [first, ..] => Known::New { like: Some(first.node), instance },
            [] => Known::New { like: holder.map(|holder| holder.node), instance },
        })
    }

    /// Whether the agent of a node is there. One that has no key any more is not, whenever it was last
    /// heard of: nothing lets it in.
    async fn is_there(
        &self,
        tx: &mut Tx,
        node: NodeId,
        presence: Option<Presence>,
        agent: Option<AgentId>,
    ) -> Result<bool> {
        let Some(agent) = agent else { return Ok(false) };
        Ok(self.control.is_there(node, presence) && !tx.links().keys(agent).await?.is_empty())
    }

    /// Whether an agent has keys and none was ever used.
    async fn never_came(&self, tx: &mut Tx, agent: AgentId) -> Result<bool> {
        let keys = tx.links().keys(agent).await?;
        let used_here = |id| self.control.keyring.get(id).is_some_and(|entry| entry.last_used().is_some());
        Ok(!keys.is_empty() && keys.iter().all(|key| !key.was_used && !used_here(key.id)))
    }
}
