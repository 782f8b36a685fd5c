//! Clones: a machine that comes with the key of another that is there.

use std::sync::Arc;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::audit::Target;
use bailiwick_domain::key::Actor;
use bailiwick_domain::label::Labels;
use bailiwick_store::holds::Holds;
use bailiwick_store::links::LinkedAgent;

use super::guest::{Greeting, Guest, Hello, Offer};
use super::newcomer::Place;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;

/// How many clones of one agent are made machines of their own.
const CLONES_OF_ONE: i64 = 16;
/// What it is that a clone was made a machine of its own.
const CLONED: &str = "agents.cloned";

impl Guest {
    /// Makes a machine of its own of one that came with the key of an agent which is there. It gets
    /// neither its site nor its labels, so that nothing that was meant for the other reaches it. The
    /// clone of a clone is refused, and so is one too many of one agent: whoever has an agent's key must
    /// not make machines without end.
    pub(super) async fn split(
        &self,
        entry: &Arc<KeyEntry>,
        like: &LinkedAgent,
        hello: &Hello,
    ) -> Result<Greeting> {
        let control = &self.control;
        if !control.fleet.may_clone(entry.id(), control.clock.now()) {
            return Err(Error::Unavailable);
        }
        tracing::warn!(node = %like.node, agent = %like.id, address = %self.address, "a second machine came with the key of an agent that is connected");
        let holds = Holds::default().using(control.rights_of(entry));
        let mut tx = control.store.begin_holding(&holds).await?;
        tx.lock_organization(like.organization).await?;
        match tx.key_stamp(entry.id()).await? {
            None => return Err(Error::CredentialUnknown),
            Some(_) => entry.check_state(control.clock.now(), self.address)?,
        }
        let organization = like.organization;
        if like.cloned_from.is_some() || tx.links().clones(like.id).await? >= CLONES_OF_ONE {
            return Err(Error::CloneRefused);
        }
        let place = Place { organization, site: None, labels: Labels::default() };
        let node = self.new_node(&mut tx, place, hello).await?;
        self.write_node(&mut tx, &node).await?;
        let agent = self.new_agent(AgentType::BailiwickAgent, organization, node.id);
        let instance = self.new_instance();
        self.write_agent(&mut tx, &agent, instance).await?;
        tx.links().set_clone(agent.id, Some(like.id)).await?;
        let actor = Actor::Key { id: entry.id() };
        let key = control
            .make_agent_key(&mut tx, organization, (agent.id, node.id, &node.name), actor.clone())
            .await?;
        self.see(&mut tx, node.id).await?;
        let targets = vec![
            Target::new("node", like.node),
            Target::new("agent", like.id),
            Target::new("node", node.id),
            Target::new("agent", agent.id),
            Target::new("key", key.id()),
        ];
        let note = format!("a clone: it came with the key of node {}, which is connected", like.node);
        tx.append_audit(self.event(actor, organization, CLONED, targets, Some(note))).await?;
        let changes = tx.commit().await?;
        control.refresh(&changes).await?;
        Ok(Greeting::Enrolled(Box::new(Offer { instance: Some(instance), key })))
    }
}
