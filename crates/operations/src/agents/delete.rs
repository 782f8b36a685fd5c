//! Delete an agent.

use bailiwick_domain::agent::{Agent, AgentRef, AgentType};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Run;
use bailiwick_store::agents::{Agents, Gone};
use schemars::JsonSchema;
use serde::Deserialize;

use super::dependants::AgentsOf;
use super::{NOUN, TAG, find, ids};
use crate::noun::readable;

/// Why the results of commands that were sent to the agent are unknown.
const DELETED: &str = "the agent was deleted before it reported a result";

/// Delete an agent and its secrets.
///
/// A `bailiwick_agent` is not deleted while other agents run on its node, because nothing would start
/// them any more; `force` deletes them too. The caller must reach each of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteAgent {
    /// Its id, or its node and type, as in `db-1/mysqld_exporter`.
    agent: AgentRef,
    /// Delete it even if something depends on it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

/// The agents that it runs, if it is Bailiwick's own agent.
async fn run_by<R: Run>(mut run: R, reach: &OrganizationReach, agent: &Agent) -> Result<Option<AgentsOf>> {
    // If labels limit the caller's reach, the node may be out of reach, but it exists.
    let Some(node) = Agents::new(&mut run, reach).get_with_all(agent.id).await?.and_then(|a| a.runs_on)
    else {
        return Ok(None);
    };
    if agent.kind != AgentType::BailiwickAgent {
        return Ok(None);
    }
    AgentsOf::find(run, reach, Gone::Runner(agent.id, node)).await.map(Some)
}

impl Operation for DeleteAgent {
    const SPEC: Spec = Spec::delete(ids::AGENTS_DELETE, "/v1/agents/{agent}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let object = |agent: &Agent| Dependant::new(agent.id, agent.kind);
        if self.dry_run.unwrap_or_default() {
            let id = find(cx.store(), &reach, &self.agent).await?;
            let agent = NOUN.found(cx.store().agents(&reach).get(id).await?, &self.agent)?;
            let run_by = run_by(cx.store(), &reach, &agent).await?;
            let dependants = run_by.iter().flat_map(AgentsOf::dependants).collect();
            return Ok(NOUN.removal(cx, object(&agent), dependants, true));
        }
        let mut write = cx.write().await?;
        let id = find(write.tx(), &reach, &self.agent).await?;
        let agent = NOUN.found(write.tx().agents(&reach).get(id).await?, &self.agent)?;
        cx.require_match(&agent, agent.revision)?;
        let run_by = run_by(write.tx(), &reach, &agent).await?;
        let dependants: Vec<_> = run_by.iter().flat_map(AgentsOf::dependants).collect();
        if agent.kind == AgentType::BailiwickAgent
            && let Some(linked) = write.tx().links().agent(agent.id).await?
        {
            write.tx().lose_results_of_node(linked.node, DELETED, cx.now()).await?;
        }
        let mut targets = vec![NOUN.target(agent.id)];
        if let Some(run_by) = run_by.filter(|_| !dependants.is_empty()) {
            if !self.force.unwrap_or_default() {
                return Err(Error::InUse(readable(cx, dependants)));
            }
            run_by.release(cx, write.tx(), &reach).await?;
            targets.extend(run_by.targets());
        }
        write.tx().agents(&reach).delete(agent.id, agent.revision).await?;
        write.commit(targets, NOUN.removal(cx, object(&agent), dependants, false)).await
    }
}
