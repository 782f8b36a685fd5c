//! The agents that a merge of two nodes changes.

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_store::agents::{Agents, Gone};
use bailiwick_store::nodes::SeenNode;
use bailiwick_store::{Run, Tx};

use crate::agents::withhold;
use crate::ids;
use crate::noun;

/// The agents that a merge changes.
pub(super) struct MovingAgents {
    /// The agents that run on or observe the node that goes: as they are, and as they will be.
    moving: Vec<(Agent, Agent)>,
    /// The agent of Bailiwick that gives way to the other one.
    dropped: Option<Agent>,
    /// Whether the agent of Bailiwick of the node that goes moves to the other node.
    pub(super) ours_moves: bool,
    /// The agents that the agent of Bailiwick of that node will run, and that were on the other node before.
    taken_over: Vec<AgentId>,
}

/// A node's agent of Bailiwick, if it has one.
fn ours(agents: &[Agent], node: NodeId) -> Option<&Agent> {
    agents.iter().find(|agent| agent.kind == AgentType::BailiwickAgent && agent.runs_on == Some(node))
}

/// Which of two agents of Bailiwick gives way: the one that is not connected, if the other one is. True if it is that
/// of `into`.
fn gives_way(cx: &Cx, from: (&SeenNode, &Agent), into: (&SeenNode, &Agent)) -> Result<bool> {
    let is_connected = |seen: &SeenNode| {
        cx.control().agents().is_some_and(|agents| agents.is_connected(seen.node.id, seen.presence))
    };
    let which = match (is_connected(from.0), is_connected(into.0)) {
        (true, false) => return Ok(true),
        (false, true) => return Ok(false),
        (true, true) => "both are connected",
        (false, false) => "neither is connected, so nobody knows which of them is still in use",
    };
    Err(Error::CannotMerge(format!(
        "both have an agent of Bailiwick ({} and {}), and {which}; delete one of these agents first",
        into.1.id, from.1.id
    )))
}

impl MovingAgents {
    /// Finds them. Refuses if the caller does not reach each of them, or if they do not go together.
    pub(super) async fn find<R: Run>(
        cx: &Cx,
        mut run: R,
        reach: &OrganizationReach,
        from: &SeenNode,
        into: &SeenNode,
    ) -> Result<Self> {
        let whole = OrganizationReach::whole(reach.organization);
        let mut all = Agents::new(&mut run, &whole);
        let (from_id, into_id) = (from.node.id, into.node.id);
        let affected = all.affected(&Gone::Node(from_id)).await?;
        let of_from =
            |agent: &Agent| agent.runs_on == Some(from_id) || agent.observes.nodes.contains(&from_id);
        let mut before = all.some_with_all(affected.iter().map(|agent| agent.id)).await?;
        before.retain(of_from);

        let own = all.ours_on(&[into_id]).await?.into_iter().map(|(_, agent)| agent);
        let own = all.some_with_all(own).await?;
        let rivals = ours(&before, from_id).zip(ours(&own, into_id));
        let ids: Vec<AgentId> =
            before.iter().map(|agent| agent.id).chain(rivals.map(|(_, of_into)| of_into.id)).collect();
        if Agents::new(&mut run, reach).existing(&ids).await?.len() < ids.len() {
            return Err(Error::ReachTooNarrow("agents outside of it run on these nodes or observe them"));
        }
        let (mut dropped, mut ours_moves) = (None, ours(&before, from_id).is_some());
        if let Some((of_from, of_into)) = rivals {
            ours_moves = gives_way(cx, (from, of_from), (into, of_into))?;
            dropped = Some(if ours_moves { of_into.clone() } else { of_from.clone() });
        }
        before.retain(|agent| dropped.as_ref().is_none_or(|dropped| dropped.id != agent.id));
        let moved = |agent: &Agent| moved(agent, from_id, into_id);
        let pair = |agent: Agent| {
            let after = moved(&agent);
            (agent, after)
        };
        let moving: Vec<(Agent, Agent)> = before.into_iter().map(pair).collect();

        let mut places: Vec<NodeId> = moving.iter().filter_map(|(agent, _)| agent.runs_on).collect();
        places.push(into_id);
        places.sort_unstable();
        places.dedup();
        let neighbours = Agents::new(&mut run, &whole).supervised_on(&places).await?;
        if let Some((agent, twin)) = twins(&moving, &neighbours, moved) {
            let reached = Agents::new(&mut run, reach).existing(&[twin.id]).await?;
            let other = if reached.is_empty() { String::new() } else { format!(" and {}", twin.id) };
            return Err(Error::CannotMerge(format!(
                "the node would have two agents of type {} that observe the same object ({}{other}); delete one of \
                 them first",
                agent.kind, agent.id
            )));
        }
        let is_there = |agent: &&Agent| agent.runs_on == Some(into_id);
        let taken_over = neighbours.iter().filter(|_| ours_moves).filter(is_there).map(|agent| agent.id);
        Ok(Self { taken_over: taken_over.collect(), moving, dropped, ours_moves })
    }

    /// The agents that move, as the caller sees them.
    pub(super) fn moved(&self) -> Option<Dependants> {
        let named = self.moving.iter().map(|(agent, _)| Dependant::new(agent.id, agent.kind));
        noun::AGENT.dependants(Effect::Detached, named)
    }

    /// The agent that is deleted.
    pub(super) fn deleted(&self) -> Option<Dependants> {
        let named = self.dropped.iter().map(|agent| Dependant::new(agent.id, agent.kind));
        noun::AGENT.dependants(Effect::Deleted, named.collect::<Vec<_>>().into_iter())
    }

    /// The agents, for the audit trail.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target> {
        noun::AGENT
            .targets(self.dropped.iter().chain(self.moving.iter().map(|(agent, _)| agent)).map(|a| a.id))
    }

    /// Refuses callers that could not make these changes themselves.
    pub(super) fn require_may(&self, cx: &Cx) -> Result<()> {
        if !self.moving.is_empty() || !self.taken_over.is_empty() {
            cx.require_operation(ids::AGENTS_UPDATE)?;
        }
        if self.dropped.is_some() {
            cx.require_operation(ids::AGENTS_DELETE)?;
        }
        Ok(())
    }

    /// Deletes the agent that gives way, and moves the others to the node.
    pub(super) async fn apply(
        self,
        cx: &Cx,
        tx: &mut Tx,
        reach: &OrganizationReach,
        (from, into): (NodeId, NodeId),
    ) -> Result<()> {
        let whole = OrganizationReach::whole(reach.organization);
        if let Some(dropped) = &self.dropped {
            tx.agents(&whole).delete(dropped.id, dropped.revision).await?;
        }
        let mut moving = self.moving;
        for (before, after) in &mut moving {
            cx.revise(before.revision, &mut after.revision, &mut after.updated_at);
        }
        let changes: Vec<_> = moving.iter().map(|(before, after)| (after, before.revision)).collect();
        tx.agents(&whole).update_many(&changes).await?;
        for (before, _) in moving.iter().filter(|(before, _)| before.runs_on == Some(from)) {
            // Only these connect by themselves.
            if matches!(before.kind, AgentType::BailiwickAgent | AgentType::Opamp) {
                tx.links().move_agent(before.id, into).await?;
            }
        }
        let why = format!("before node {from} was merged into this node");
        withhold(cx, tx, &self.taken_over, &why).await
    }
}

/// The agent with the node `into` in place of `from`.
fn moved(agent: &Agent, from: NodeId, into: NodeId) -> Agent {
    let mut agent = agent.clone();
    if agent.runs_on == Some(from) {
        agent.runs_on = Some(into);
    }
    if agent.observes.nodes.remove(&from) {
        agent.observes.nodes.insert(into);
    }
    agent
}

/// Two exporters that would do the same work after a merge, and do not do so before.
fn twins<'a>(
    moving: &'a [(Agent, Agent)],
    neighbours: &'a [Agent],
    moved: impl Fn(&Agent) -> Agent,
) -> Option<(&'a Agent, &'a Agent)> {
    moving.iter().find_map(|(before, after)| {
        let other = neighbours.iter().find(|o| after.is_twin_of(&moved(o)) && !before.is_twin_of(o));
        other.map(|other| (after, other))
    })
}
