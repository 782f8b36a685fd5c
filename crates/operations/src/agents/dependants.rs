//! Agents that depend on a deleted object, and the effect of the deletion on them.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Error, Result};
use bailiwick_store::agents::{Affected, Agents, Gone};
use bailiwick_store::{Run, Tx};

use super::{NOUN, ids};

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
    pub(crate) fn dependants(&self) -> Vec<Dependants> {
        NOUN.going_and_staying(&self.going, &self.staying, |agent| Dependant::new(agent.id, agent.kind))
    }

    /// The agents, for the audit trail.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        NOUN.targets(self.going.iter().chain(&self.staying).map(|agent| agent.id))
    }

    /// Deletes the agents that go, and detaches the others. The caller needs the scope to delete
    /// agents.
    pub(crate) async fn release(&self, cx: &Cx, tx: &mut Tx, reach: &OrganizationReach) -> Result<()> {
        if !self.going.is_empty() {
            cx.require_operation(ids::AGENTS_DELETE)?;
            tx.agents(reach).delete_many(&ids(&self.going)).await?;
        }
        if !self.staying.is_empty() {
            tx.agents(reach).leave(&self.gone, &ids(&self.staying), cx.now()).await?;
        }
        Ok(())
    }
}
