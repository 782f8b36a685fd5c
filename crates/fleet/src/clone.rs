//! Clones: machines that use the key of an agent that is still connected on another machine.

use std::sync::Arc;

use bailiwick_domain::audit::Target;
use bailiwick_domain::enrolment::Origin;
use bailiwick_domain::key::{Actor, KeyId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_engine::cx::internal::KeyCheck;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_store::holds::Holds;
use bailiwick_store::links::LinkedAgent;

use crate::guest::{Greeting, Guest, Hello, Offer};
use crate::newcomer::NewNode;

/// How many clones of one agent get a node of their own.
const CLONES_OF_ONE: i64 = 16;

/// Why the results of commands that were sent to a clone are unknown.
const TAKEN_BACK: &str = "the command was sent to a clone of the machine";

/// The recorded origin of a clone's node: no site and no labels, as if it had enrolled with a key that
/// gives none.
pub(crate) fn of_its_own() -> Origin {
    Origin::Enrolled { site: None, labels: Labels::default(), reach: Reach::EVERYTHING }
}

impl Guest {
    /// Gives a polling client a node of its own because another polling client uses the same key. Fails
    /// unless the guest has the key of an agent.
    pub async fn split_off(&self, hello: &Hello) -> Result<Offer> {
        let (entry, agent) = self.as_agent().ok_or(Error::CredentialUnknown)?;
        let like = self.fleet.control.store().links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        match self.split(entry, &like, hello).await? {
            Greeting::Enrolled(offer) => Ok(*offer),
            Greeting::Connected(_) | Greeting::Renamed(_) => {
                Err(Error::internal("a clone was given no key of its own"))
            }
        }
    }

    /// Gives a machine that uses the key of a connected agent a node of its own. The node gets neither
    /// the site nor the labels of the other, so that nothing meant for the other reaches it. Refused
    /// for clones of clones, and beyond a number of clones of one agent, so that an agent's key cannot
    /// create nodes without end.
    pub(crate) async fn split(
        &self,
        entry: &Arc<KeyEntry>,
        like: &LinkedAgent,
        hello: &Hello,
    ) -> Result<Greeting> {
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        if !fleet.connections.may_clone(entry.id(), control.now()) {
            return Err(Error::Unavailable);
        }
        let cx = self.further(&internal::CLONED)?;
        tracing::warn!(node = %like.node, agent = %like.id, address = %cx.address(), "a second machine used the key of a connected agent (a copied disk?); it gets its own node or is refused");
        let holds = Holds::default().using(control.rights_of(entry));
        let mut write = cx.write_with_key(&holds, KeyCheck::Exists).await?;
        let tx = write.tx();
        let organization = like.organization;
        if like.cloned_from.is_some() || tx.links().clones(like.id).await? >= CLONES_OF_ONE {
            return Err(Error::CloneRefused);
        }
        let machine_id = hello.machine_id.clone();
        let place = NewNode { organization, site: None, labels: Labels::default(), machine_id };
        let node = self.new_node(tx, place, hello).await?;
        let instance = self.new_instance();
        let agent = self.write_machine(tx, &node, &of_its_own(), instance).await?;
        tx.links().set_clone(agent, Some(like.id)).await?;
        let actor = Actor::Key { id: entry.id() };
        let key = fleet.make_agent_key(tx, organization, (agent, node.id, &node.name), actor).await?;
        self.see(tx, node.id).await?;
        let targets = vec![
            Target::new("node", like.node),
            Target::new("agent", like.id),
            Target::new("node", node.id),
            Target::new("agent", agent),
            Target::new("key", key.id()),
        ];
        let note = format!("a clone: the machine used the key of node {}, which is connected", like.node);
        write.audit(Some(organization), targets, Some(note)).await?;
        write.commit().await?;
        Ok(Greeting::Enrolled(Box::new(Offer { instance: Some(instance), key })))
    }

    /// Gives a node back to the agent that had it before another machine took it over. The agent is
    /// still there, so the other machine is a clone. The clone keeps its key and gets a node of its
    /// own, without the site and the labels.
    pub(crate) async fn take_back(
        &self,
        entry: &Arc<KeyEntry>,
        like: &LinkedAgent,
        hello: &Hello,
    ) -> Result<()> {
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        let (organization, agent) = (like.organization, like.id);
        let cx = self.further(&internal::CLONED)?;
        let mut write = cx.write_with_key(&Holds::default(), KeyCheck::Exists).await?;
        let tx = write.tx();
        let now_there = tx.links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        if now_there.previous != like.previous {
            return Err(Error::Unavailable);
        }
        let keys = tx.links().keys(agent).await?;
        let newer: Vec<_> = keys.iter().filter(|key| key.id != entry.id()).collect();
        tx.links().set_previous(agent, None).await?;
        tx.links().clear_instance(agent).await?;
        let mut targets = vec![Target::new("node", like.node), Target::new("agent", agent)];
        let note = if newer.iter().any(|key| self.was_used(key)) {
            let whole = OrganizationReach::whole(organization);
            let seen = tx.nodes(&whole).find_seen(&NodeRef::Id(like.node)).await?;
            let facts = seen.and_then(|seen| seen.facts).unwrap_or_else(|| hello.facts.clone());
            let machine_id = like.machine_id.clone();
            let clone = Hello { facts, ..hello.clone() };
            let place = NewNode { organization, site: None, labels: Labels::default(), machine_id };
            let node = self.new_node(tx, place, &clone).await?;
            let instance = now_there.instance.filter(|instance| Some(*instance) != hello.instance);
            let instance = instance.unwrap_or_else(|| self.new_instance());
            let other = self.write_machine(tx, &node, &of_its_own(), instance).await?;
            for key in &newer {
                tx.links().move_key(key.id, agent, other, node.id).await?;
            }
            // The agent knows nothing of commands that were sent to the clone.
            tx.lose_results_of_node(like.node, TAKEN_BACK, control.now()).await?;
            targets.extend([Target::new("node", node.id), Target::new("agent", other)]);
            format!(
                "the earlier agent of node {} connected again: the machine that had taken over the node is \
                 a clone, and is now node {}",
                like.node, node.id
            )
        } else {
            let unused: Vec<KeyId> = newer.iter().map(|key| key.id).collect();
            tx.links().delete_some_keys(&unused).await?;
            "the agent connected again before the machine that had enrolled in its place".to_owned()
        };
        targets.extend(newer.iter().map(|key| Target::new("key", key.id)));
        let instance = self.free_instance(tx.links(), organization, hello.instance).await?;
        self.write_instance(tx, agent, instance).await?;
        write.audit(Some(organization), targets, Some(note)).await?;
        write.commit().await?;
        if let Some(other) = fleet.connections.get(like.node) {
            other.end();
            fleet.connections.remove(&other);
        }
        Ok(())
    }
}
