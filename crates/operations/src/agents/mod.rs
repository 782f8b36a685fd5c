//! Agents: programs that observe nodes and services.

mod create;
mod delete;
mod dependants;
mod draft;
mod export;
mod import;
mod installer;
mod line;
mod logs;
mod read;
mod rotate;
mod secrets;
mod surroundings;
mod update;
mod view;

use bailiwick_domain::agent::{Agent, AgentRef};
use bailiwick_domain::id::{AgentId, NodeId, ServiceId};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::erase;
use bailiwick_store::agents::Agents as AgentsIn;
use bailiwick_store::{AgentFilter, List, Run, Tx};

pub(crate) use create::CreateAgent;
pub(crate) use dependants::AgentsOf;
pub(crate) use draft::{NewAgent, Observes};
pub use read::enabled_on;
pub(crate) use secrets::withhold;
pub use surroundings::Surroundings;
pub(crate) use view::Agent as ShownAgent;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

const TAG: &str = "Inventory";
pub(crate) const NOUN: Noun = noun::AGENT;

/// The id of the agent that a reference means. There may be no agent with an id that is given as one.
async fn find<R: Run>(run: R, reach: &OrganizationReach, agent: &AgentRef) -> Result<AgentId> {
    NOUN.found(AgentsIn::new(run, reach).id_of(agent).await?, agent)
}

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListAgents>().answers_rows(&bailiwick_store::agents::ROWS),
        erase::<create::CreateAgent>(),
        erase::<read::GetAgent>(),
        erase::<update::UpdateAgent>(),
        erase::<delete::DeleteAgent>(),
        erase::<logs::AgentLogs>(),
        erase::<installer::ShowInstaller>(),
        erase::<rotate::RotateAgent>(),
        erase::<import::ImportAgents>(),
        erase::<export::ExportAgents>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((agent, reach)) = asked(cx, text)? else { return Ok(false) };
        match cx.store().agents(&reach).id_of(&agent).await? {
            Some(id) => Ok(cx.store().agents(&reach).get(id).await?.is_some()),
            None => Ok(false),
        }
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

/// Refuses an agent that would be out of the caller's reach.
pub async fn require_reach(tx: &mut Tx, reach: &OrganizationReach, agent: &Agent) -> Result<()> {
    let nodes: Vec<NodeId> = agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied()).collect();
    let whole = OrganizationReach::whole(reach.organization);
    let found = tx.nodes(&whole).all_of(&nodes, &[]).await?;
    let mut places: Vec<_> = found.iter().map(|node| (node.id, node.site_id)).collect();
    let services: Vec<ServiceId> = agent.observes.services.iter().copied().collect();
    let on = tx.services(&whole).places(&services).await?;
    places.extend(on.into_iter().map(|(_, node, site)| (node, site)));
    if reach.touches_on(&agent.labels, places) {
        return Ok(());
    }
    Err(Error::ReachTooNarrow("the agent would be outside of it"))
}

/// Refuses a second exporter that a node's agent starts for the same node or service.
pub(crate) async fn require_no_twin(tx: &mut Tx, reach: &OrganizationReach, agent: &Agent) -> Result<()> {
    let Some(node) = agent.runs_on.filter(|_| agent.kind.is_supervised()) else { return Ok(()) };
    let others = tx.agents(reach).supervised_on(&[node]).await?;
    let Some(twin) = others.iter().find(|other| agent.is_twin_of(other)) else { return Ok(()) };
    let reached = tx.agents(reach).existing(&[twin.id]).await?;
    let other = reached.contains(&twin.id).then(|| twin.id.to_string());
    Err(Error::Duplicate { kind: agent.kind, other })
}

/// The error for an agent on a node that has one of this type: a node has at most one agent of Bailiwick. Call it
/// after the transaction has ended.
pub(crate) async fn node_taken(cx: &Cx, reach: &OrganizationReach, agent: &Agent) -> Result<Error> {
    let filter = AgentFilter { kind: Some(agent.kind), runs_on: agent.runs_on, ..Default::default() };
    let sort = read::AgentSort::default().into();
    let list = List { limit: Default::default(), cursor: None, sort, total: false };
    let others = cx.store().agents(reach).list(&filter, list).await?.items;
    Ok(NOUN.taken("runs_on", others.first().map(|other| other.id)))
}
