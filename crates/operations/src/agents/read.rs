//! List agents and show one.

use std::collections::HashMap;

use bailiwick_domain::agent::{Agent, AgentRef, AgentType};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::ServiceRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::agents::AgentsBy;
use bailiwick_store::{AgentFilter, List, Store};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, find, ids};
use crate::references::find_node;

sort_orders! {
    /// A sort order of agents.
    pub(crate) AgentSort of AgentsBy, default CreatedAt,
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
}

/// List the agents of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListAgents {
    /// Only agents whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only agents of this type.
    r#type: Option<AgentType>,
    /// Only agents that run on this node, by id or name.
    runs_on: Option<NodeRef>,
    /// Only agents that observe this node, by id or name.
    observes_node: Option<NodeRef>,
    /// Only agents that observe this service, by id or name.
    service: Option<ServiceRef>,
    /// Only agents that are enabled, or with `false` only those that are not.
    enabled: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<AgentSort>,
    /// The most agents on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

impl Operation for ListAgents {
    const SPEC: Spec = Spec::read(ids::AGENTS_LIST, "/v1/agents").tag(TAG).columns(&[
        "id",
        "type",
        "runs_on",
        "enabled",
        "status",
        "labels",
        "created_at",
    ]);
    type Output = Page<Agent>;

    async fn run(self, cx: &Cx) -> Result<Page<Agent>> {
        let reach = cx.organization_reach()?;
        let service = match &self.service {
            Some(name) => {
                let found = cx.store().services(&reach).get(name).await?;
                let service =
                    found.ok_or_else(|| Error::invalid("service", format!("there is no service {name}")))?;
                Some(service.id)
            }
            None => None,
        };
        let filter = AgentFilter {
            labels: self.labels.unwrap_or_default(),
            kind: self.r#type,
            runs_on: find_node(cx, &reach, "runs_on", self.runs_on.as_ref()).await?,
            observes_node: find_node(cx, &reach, "observes_node", self.observes_node.as_ref()).await?,
            service,
            enabled: self.enabled,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
        };
        let mut page = cx.store().agents(&reach).list(&filter, list).await?;
        doubt(cx, &mut page.items).await?;
        Ok(page)
    }
}

/// Replaces the reported status of agents by `unknown` if the agent that reports it is no longer there.
pub(super) async fn doubt(cx: &Cx, agents: &mut [Agent]) -> Result<()> {
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    let presence: HashMap<_, _> = cx.store().presence_of_agents(&ids).await?.into_iter().collect();
    for agent in agents {
        agent.doubt(presence.get(&agent.id).copied().flatten(), cx.now());
    }
    Ok(())
}

/// Show one agent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetAgent {
    /// Its id, or its node and type, as in `db-1/mysqld_exporter`.
    agent: AgentRef,
}

impl Operation for GetAgent {
    const SPEC: Spec = Spec::read(ids::AGENTS_GET, "/v1/agents/{agent}").tag(TAG).versioned();
    const REVISION: fn(&Agent) -> Option<Revision> = |output| Some(output.revision);
    type Output = Agent;

    async fn run(self, cx: &Cx) -> Result<Agent> {
        let reach = cx.organization_reach()?;
        let id = find(cx.store(), &reach, &self.agent).await?;
        let mut agent = NOUN.found(cx.store().agents(&reach).get(id).await?, &self.agent)?;
        doubt(cx, std::slice::from_mut(&mut agent)).await?;
        Ok(agent)
    }
}

/// The enabled agents that run on a node, the oldest first; at most one page of them.
pub async fn enabled_on(store: &Store, reach: &OrganizationReach, node: NodeId) -> Result<Vec<Agent>> {
    let filter = AgentFilter { runs_on: Some(node), enabled: Some(true), ..AgentFilter::default() };
    let list = List { limit: PageLimit::near(u32::MAX), cursor: None, sort: AgentSort::CreatedAt.into() };
    Ok(store.agents(reach).list(&filter, list).await?.items)
}
