//! Enrolment: a machine presents an enrolment key, and is given a node, an agent and a key of its own.
//!
//! Idempotent per machine: a machine that enrols again keeps its node. A node is never taken from an
//! agent that is still there, and no node is deleted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::audit::Target;
use bailiwick_domain::enrolment::{Enrolment, NodePlace};
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_domain::key::{Actor, KeyId};
use bailiwick_domain::label::{LabelName, LabelValue, Labels};
use bailiwick_domain::node::{Node, NodeName, NodeType};
use bailiwick_domain::presence::{HEARTBEAT_SECONDS, Presence};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::cx::internal::KeyCheck;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_operations::keys::may_enrol;
use bailiwick_store::change::Change;
use bailiwick_store::holder_question::HolderAnswer;
use bailiwick_store::holds::Holds;
use bailiwick_store::links::{AgentKey, LinkedAgent, Machine, PreviousKey};
use bailiwick_store::{Engine, Error as StoreError, Tx};
use uuid::Uuid;

use crate::guest::{Greeting, Guest, Hello, Offer};
use crate::newcomer::NewNode;

/// Why the results of commands that were sent to an agent before it enrolled again are unknown.
const ENROLLED_AGAIN: &str = "the machine enrolled again before it reported a result";

/// For how long an agent whose node was taken over by another machine may still reclaim it, in seconds.
const PREVIOUS_SECONDS: i64 = 86_400;
/// How long after its last message an agent has missed a heartbeat, in seconds.
pub(crate) const MISSED_SECONDS: i64 = HEARTBEAT_SECONDS + 5;

/// What is known about a machine that enrols.
enum Recognition {
    /// It was given a key that it never used, because the answer was lost.
    Again(LinkedAgent),
    /// It is a known machine whose agent is no longer there.
    Returning { node: NodeId, agent: Option<AgentId>, instance: Uuid },
    /// It is unknown. `like` is a node that it resembles, with the reason why it does not get that
    /// node.
    New { like: Option<(NodeId, String)>, instance: Uuid },
}

/// Whether the agent of a node is there.
enum Standing {
    There,
    Absent,
    /// Not known yet; known in this many seconds at the latest.
    Unclear(u64),
}

/// Answers of other servers about agents.
type Held = HashMap<NodeId, HolderAnswer>;
/// For how many nodes with the machine id of the enrolling machine other servers are asked. Each may
/// take seconds to answer.
const ASKED_AFTER: usize = 2;

impl Guest {
    /// Enrols a machine.
    pub(crate) async fn enrol(&self, cx: &Cx, entry: &Arc<KeyEntry>, hello: &Hello) -> Result<Greeting> {
        let organization = entry.organization.ok_or(Error::CredentialUnknown)?;
        let held = self.find_out_who_is_there(organization, hello).await?;
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        // Machines that use the same key are enrolled one after the other, because its uses are
        // counted.
        let holds = Holds::default().using(control.rights_of(entry)).changing([Change::Key(entry.id())]);
        let mut write = cx.write_with_key(&holds, KeyCheck::Unchanged).await?;
        let tx = write.tx();
        let enrolment = entry.key().enrolment.as_ref();
        let enrolment = enrolment.ok_or_else(|| Error::internal("the key is not an enrolment key"))?;
        let known = self.recognize(tx, entry, organization, enrolment, hello, &held).await?;
        if !matches!(known, Recognition::Again(_))
            && !tx.links().use_enrolment(entry.id(), enrolment.uses).await?
        {
            return Err(Error::EnrolmentUsedUp);
        }
        let (node, name, agent, instance, mut targets, note) = match known {
            Recognition::Again(known) => {
                let node = self.take_up(tx, entry, organization, enrolment, hello, known.node).await?;
                // Its key from before another machine took over its node stays.
                let gone = self.unused_keys(tx, known.id).await?;
                tx.links().delete_some_keys(&gone).await?;
                let targets = gone.into_iter().map(|key| Target::new("key", key)).collect();
                let instance = known.instance.unwrap_or_else(|| self.new_instance());
                let note = "the machine never used the key that it was given before".to_owned();
                (node.id, node.name, known.id, instance, targets, Some(note))
            }
            Recognition::Returning { node, agent, instance } => {
                let node = self.take_up(tx, entry, organization, enrolment, hello, node).await?;
                let (agent, gone) = match agent {
                    Some(agent) => (agent, self.set_keys_aside(tx, agent).await?),
                    None => {
                        let agent = self.new_agent(AgentType::BailiwickAgent, organization, node.id);
                        self.write_agent(tx, &agent, instance).await?;
                        (agent.id, Vec::new())
                    }
                };
                self.write_instance(tx, agent, instance).await?;
                // If it was a clone, an enrolment key has now admitted it.
                tx.links().set_clone(agent, None).await?;
                // It may have forgotten the commands that it had begun; if not, it reports their
                // results.
                tx.lose_results_of_node(node.id, ENROLLED_AGAIN, control.now()).await?;
                let targets = gone.into_iter().map(|key| Target::new("key", key)).collect();
                (
                    node.id,
                    node.name,
                    agent,
                    instance,
                    targets,
                    Some("the machine was already known".to_owned()),
                )
            }
            Recognition::New { like, instance } => {
                let (node, name, agent) =
                    self.take_in(tx, entry, organization, enrolment, hello, instance).await?;
                let targets = like.iter().map(|(like, _)| Target::new("node", *like)).collect();
                (node, name, agent, instance, targets, like.map(|(_, why)| why))
            }
        };
        let actor = Actor::Key { id: entry.id() };
        let key = fleet.make_agent_key(tx, organization, (agent, node, &name), actor).await?;
        self.see(tx, node).await?;
        let mut all =
            vec![Target::new("node", node), Target::new("agent", agent), Target::new("key", key.id())];
        all.append(&mut targets);
        write.audit(Some(organization), all, note).await?;
        write.commit().await?;
        if let Some(older) = fleet.connections.get(node) {
            older.end();
        }
        let instance = (hello.instance != Some(instance)).then_some(instance);
        Ok(Greeting::Enrolled(Box::new(Offer { instance, key })))
    }

    /// Gives an existing node to a machine, with the labels and the site of the enrolment key. Its
    /// other fields stay.
    async fn take_up(
        &self,
        tx: &mut Tx,
        entry: &KeyEntry,
        organization: OrganizationId,
        enrolment: &Enrolment,
        hello: &Hello,
        node: NodeId,
    ) -> Result<Node> {
        let whole = OrganizationReach::whole(organization);
        let found = tx.nodes(&whole).get(node).await?;
        let found = found.ok_or_else(|| Error::not_found("node", node))?;
        let node = given(found.clone(), enrolment, hello)?;
        self.require_maker(entry, &node)?;
        if node != found {
            let node = Node {
                updated_at: self.fleet.control.now(),
                revision: found.revision.next(),
                ..node.clone()
            };
            match tx.nodes(&whole).update(&node, found.revision).await {
                Ok(()) => {}
                Err(StoreError::Changed | StoreError::Taken | StoreError::InUse) => {
                    return Err(Error::Unavailable);
                }
                Err(error) => return Err(error.into()),
            }
        }
        tx.links().set_origin(node.id, &enrolment.origin(entry.reach())).await?;
        Ok(node)
    }

    /// Why a machine does not get an existing node; `None` if it does.
    async fn cannot_take_up(
        &self,
        tx: &mut Tx,
        entry: &KeyEntry,
        organization: OrganizationId,
        enrolment: &Enrolment,
        hello: &Hello,
        node: NodeId,
    ) -> Result<Option<&'static str>> {
        let whole = OrganizationReach::whole(organization);
        let Some(found) = tx.nodes(&whole).get(node).await? else { return Ok(Some("that node was deleted")) };
        let origin = tx.links().origin(node).await?;
        let reach = entry.reach();
        let place = NodePlace { site: found.site_id, labels: &found.labels, origin: &origin };
        if let Some(why) = enrolment.cannot_take_up(place, &reach) {
            return Ok(Some(why));
        }
        let touches = |node: &Node| {
            let reach = reach.within(organization);
            reach.is_some_and(|reach| reach.touches_node(node.id, node.site_id, &node.labels))
        };
        let is_made = given(found.clone(), enrolment, hello).is_ok_and(|node| touches(&node));
        Ok((!touches(&found) || !is_made).then_some("that node is outside of the key's reach"))
    }

    /// The keys that an agent was given and never used.
    async fn unused_keys(&self, tx: &mut Tx, agent: AgentId) -> Result<Vec<KeyId>> {
        let keys = tx.links().keys(agent).await?;
        Ok(keys.iter().filter(|key| !key.is_previous && !self.was_used(key)).map(|key| key.id).collect())
    }

    /// Sets aside the key that an agent used, because another machine takes over its node. For a day,
    /// an agent that uses the key gets the node back. Deletes the agent's other keys and returns their
    /// ids.
    async fn set_keys_aside(&self, tx: &mut Tx, agent: AgentId) -> Result<Vec<KeyId>> {
        let keys = tx.links().keys(agent).await?;
        let aside = keys.iter().rev().find(|key| !key.is_previous && self.was_used(key));
        let kept = aside.or_else(|| keys.iter().find(|key| key.is_previous)).map(|key| key.id);
        if let Some(aside) = aside {
            let until = self.fleet.control.now().plus_seconds(PREVIOUS_SECONDS);
            tx.links().set_previous(agent, Some(PreviousKey { key: aside.id, until })).await?;
        }
        let gone: Vec<KeyId> = keys.iter().map(|key| key.id).filter(|key| Some(*key) != kept).collect();
        tx.links().delete_some_keys(&gone).await?;
        Ok(gone)
    }

    /// Whether a key of an agent was ever used.
    pub(crate) fn was_used(&self, key: &AgentKey) -> bool {
        key.was_used
            || self.fleet.control.keyring().get(key.id).is_some_and(|entry| entry.last_used().is_some())
    }

    /// Refuses a node that the key's maker may not create any more.
    fn require_maker(&self, entry: &KeyEntry, node: &Node) -> Result<()> {
        if may_enrol(entry, node, self.fleet.control.listings()) {
            return Ok(());
        }
        Err(Error::ReachTooNarrow("the user or key that created this key may no longer create such a node"))
    }

    /// Creates the node and the agent of an unknown machine.
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
        let place = NewNode {
            organization,
            site: enrolment.site_id,
            labels: enrolment.labels.clone(),
            machine_id: hello.machine_id.clone(),
        };
        let node = self.new_node(tx, place, hello).await?;
        self.require_maker(entry, &node)?;
        let agent = self.write_machine(tx, &node, &enrolment.origin(entry.reach()), instance).await?;
        Ok((node.id, node.name, agent))
    }

    /// Ends connections that the machine may have left behind, if their agents do not answer. Returns
    /// the answers of other servers about agents that are not connected here.
    async fn find_out_who_is_there(&self, organization: OrganizationId, hello: &Hello) -> Result<Held> {
        let mut links = self.fleet.control.store().links();
        let mut nodes = Vec::new();
        if let Some(instance) = hello.instance {
            nodes.extend(links.instance(organization, instance).await?.map(|agent| agent.node));
        }
        if let Some(machine_id) = &hello.machine_id {
            let machines = links.machines(organization, machine_id).await?;
            nodes.extend(machines.into_iter().map(|machine| machine.node));
        }
        let mut held = Held::default();
        for node in nodes {
            let connection = self.fleet.connections.get(node);
            if let Some(connection) = &connection {
                if connection.polls() || connection.answers().await {
                    continue;
                }
                connection.end();
                self.fleet.connections.remove(connection);
            }
            if held.len() < ASKED_AFTER
                && !held.contains_key(&node)
                && let Some(answer) = self.fleet.where_held(node).await?
            {
                held.insert(node, answer);
            }
        }
        Ok(held)
    }

    /// Finds out what is known about a machine.
    async fn recognize(
        &self,
        tx: &mut Tx,
        entry: &KeyEntry,
        organization: OrganizationId,
        enrolment: &Enrolment,
        hello: &Hello,
        held: &Held,
    ) -> Result<Recognition> {
        let holder = match hello.instance {
            Some(instance) => tx.links().instance(organization, instance).await?,
            None => None,
        };
        let mut like = None;
        if let Some(holder) = &holder {
            let is_ours = holder.kind == AgentType::BailiwickAgent;
            let same_machine = holder.machine_id.is_none() || holder.machine_id == hello.machine_id;
            if is_ours && same_machine {
                let (node, agent) = (holder.node, Some(holder.id));
                match self.cannot_take_up(tx, entry, organization, enrolment, hello, node).await? {
                    Some(why) => like = Some((node, format!("a new node, not node {node}: {why}"))),
                    None if self.never_came(tx, holder.id).await? => {
                        return Ok(Recognition::Again(holder.clone()));
                    }
                    None => match self.standing(tx, (node, agent, holder.presence), held).await? {
                        Standing::There => {}
                        Standing::Unclear(seconds) => return Err(Error::EnrolmentWaits { seconds }),
                        Standing::Absent => {
                            let instance = hello.instance.unwrap_or_else(|| self.new_instance());
                            return Ok(Recognition::Returning { node, agent, instance });
                        }
                    },
                }
            }
        }
        // The instance id that it sent belongs to another agent.
        let instance = match hello.instance {
            Some(instance) if holder.is_none() => instance,
            _ => self.new_instance(),
        };
        let machines = match &hello.machine_id {
            Some(machine_id) => tx.links().machines(organization, machine_id).await?,
            None => Vec::new(),
        };
        // The machine that was seen last comes first.
        for Machine { node, agent, presence, .. } in machines {
            if let Some(why) = self.cannot_take_up(tx, entry, organization, enrolment, hello, node).await? {
                like.get_or_insert((
                    node,
                    format!("a new node, not node {node}, which has the same machine id: {why}"),
                ));
                continue;
            }
            match self.standing(tx, (node, agent, presence), held).await? {
                Standing::There => {
                    like = Some((node, format!("a clone: its machine id is that of node {node}")));
                }
                Standing::Unclear(seconds) => return Err(Error::EnrolmentWaits { seconds }),
                Standing::Absent => return Ok(Recognition::Returning { node, agent, instance }),
            }
        }
        if like.is_none()
            && let Some(holder) = holder
        {
            like = Some((
                holder.node,
                format!("a clone: the machine says that it is the agent of node {}", holder.node),
            ));
        }
        Ok(Recognition::New { like, instance })
    }

    /// Whether the agent of a node is there. An agent without a key is not, whenever it was last seen,
    /// because nothing admits it. An agent that is connected here has just answered a ping. An agent
    /// that polls, or may be connected to another server, may still send something within a heartbeat:
    /// the enrolling machine waits that long, and is a clone if it does.
    async fn standing(
        &self,
        tx: &mut Tx,
        (node, agent, presence): (NodeId, Option<AgentId>, Option<Presence>),
        held: &Held,
    ) -> Result<Standing> {
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        let Some(agent) = agent else { return Ok(Standing::Absent) };
        let keys = tx.links().keys(agent).await?;
        if keys.iter().all(|key| key.is_previous) {
            return Ok(Standing::Absent);
        }
        let connection = fleet.connections.get(node).filter(|connection| !connection.has_ended());
        let heard = match (&connection, presence) {
            (Some(connection), _) if !connection.polls() => return Ok(Standing::There),
            (Some(connection), presence) => connection
                .last_heard()
                .max(presence.map_or(connection.last_heard(), |seen| seen.last_seen_at)),
            (None, Some(Presence { last_seen_at, left_at: None, .. })) => last_seen_at,
            (None, _) => return Ok(Standing::Absent),
        };
        let now = control.now();
        let due = heard.plus_seconds(MISSED_SECONDS);
        if due <= now || heard > now.plus_seconds(MISSED_SECONDS) {
            fleet.connections.waits_no_more(node);
            return Ok(Standing::Absent);
        }
        // An agent that has just enrolled is about to connect. Machines started together from the same
        // image do not wait for each other.
        if !keys.iter().any(|key| !key.is_previous && self.was_used(key)) {
            return Ok(Standing::There);
        }
        if connection.is_none() {
            match held.get(&node) {
                Some(HolderAnswer::There) => return Ok(Standing::There),
                Some(HolderAnswer::Gone) => return Ok(Standing::Absent),
                Some(HolderAnswer::Polls) | None => {}
            }
        }
        let may_be_elsewhere = control.store().engine() == Engine::Postgres || heard < fleet.opened_at;
        if connection.is_none() && !may_be_elsewhere {
            return Ok(Standing::Absent);
        }
        if heard > fleet.connections.waits_since(node, now) {
            fleet.connections.waits_no_more(node);
            return Ok(Standing::There);
        }
        let micros = due.as_micros().saturating_sub(now.as_micros());
        Ok(Standing::Unclear(u64::try_from(micros / 1_000_000).unwrap_or_default() + 1))
    }

    /// Whether an agent has keys and never used any of them, not counting one that was set aside.
    async fn never_came(&self, tx: &mut Tx, agent: AgentId) -> Result<bool> {
        let keys = tx.links().keys(agent).await?;
        let mut own = keys.iter().filter(|key| !key.is_previous).peekable();
        Ok(own.peek().is_some() && own.all(|key| !self.was_used(key)))
    }
}

/// An existing node as an enrolment changes it: with the site and the labels of the key, and with the
/// machine's id if it has none.
fn given(mut node: Node, enrolment: &Enrolment, hello: &Hello) -> Result<Node> {
    node.site_id = enrolment.site_id.or(node.site_id);
    let labels = node.labels.iter().chain(enrolment.labels.iter());
    let labels: BTreeMap<LabelName, LabelValue> =
        labels.map(|(name, value)| (name.clone(), value.clone())).collect();
    node.labels = Labels::try_from(labels).map_err(|_| {
        Error::invalid(
            "labels",
            "expected at most 64 labels: the node would have more with the labels of the key",
        )
    })?;
    if node.machine_id.is_none() && matches!(node.kind, NodeType::Generic | NodeType::Container) {
        node.machine_id.clone_from(&hello.machine_id);
    }
    Ok(node)
}
