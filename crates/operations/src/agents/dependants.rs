//! Agents that depend on a deleted object, and the effect of the deletion on them.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_engine::shape::removal::{AUDIT_TARGETS_MAX, ITEMS_MAX};
use bailiwick_store::agents::{Affected, Agents, Gone};
use bailiwick_store::{Run, Tx};

use super::NOUN;

/// The agents that depend on an object to be deleted. Those that would run nowhere or observe nothing
/// are deleted too; the others stay without it.
pub(crate) struct AgentsOf {
    gone: Gone,
    going: Vec<Affected>,
    staying: Vec<Affected>,
}

fn ids(agents: &[Affected]) -> Vec<AgentId> {
    agents.iter().map(|agent| agent.id).collect()
}

impl AgentsOf {
    /// Finds them. Refuses if the caller does not reach each of them.
    pub(crate) async fn find<R: Run>(mut run: R, reach: &OrganizationReach, gone: Gone) -> Result<Self> {
        let affected = Agents::new(&mut run, reach).affected(&gone).await?;
        if Agents::new(&mut run, reach).existing(&ids(&affected)).await?.len() < affected.len() {
            return Err(Error::ReachTooNarrow("agents outside of it depend on this object"));
        }
        let (staying, going) = affected.into_iter().partition(|agent| agent.stays);
        Ok(Self { gone, going, staying })
    }

    /// The agents, as the caller sees them.
    pub(crate) fn dependants(&self) -> impl Iterator<Item = Dependants> {
        let each = [(&self.going, Effect::Deleted), (&self.staying, Effect::Detached)];
        each.into_iter().filter(|(agents, _)| !agents.is_empty()).map(|(agents, effect)| Dependants {
            noun: "agents",
            effect,
            count: i64::try_from(agents.len()).unwrap_or(i64::MAX),
            items: agents
                .iter()
                .take(ITEMS_MAX as usize)
                .map(|agent| Dependant::new(agent.id, agent.kind))
                .collect(),
        })
    }

    /// The agents, for the audit trail.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        let all = self.going.iter().chain(&self.staying).take(AUDIT_TARGETS_MAX);
        all.map(|agent| Target::new(NOUN, agent.id))
    }

    /// Deletes the agents that go, and detaches the others. The caller needs the scope to delete
    /// agents.
    pub(crate) async fn release(&self, cx: &Cx, tx: &mut Tx, reach: &OrganizationReach) -> Result<()> {
        if !self.going.is_empty() {
            cx.require_operation("agents.delete")?;
            tx.agents(reach).delete_many(&ids(&self.going)).await?;
        }
        if !self.staying.is_empty() {
            tx.agents(reach).leave(&self.gone, &ids(&self.staying), cx.now()).await?;
        }
        Ok(())
    }
}
