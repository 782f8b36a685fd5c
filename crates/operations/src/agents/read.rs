//! List agents and show one.

use std::collections::HashMap;

use bailiwick_domain::agent::{Agent, AgentRef, AgentType};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::ServiceRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::{sort_orders, words};
use bailiwick_store::agents::AgentsBy;
use bailiwick_store::{AgentFilter, List, Store};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{self, AgentInclude, include};
use super::{NOUN, TAG, find, ids};
use crate::facets::{FacetedPage, Facets, values};
use crate::references::find_node;

sort_orders! {
    /// A sort order of agents.
    pub(crate) AgentSort of AgentsBy, default CreatedAt,
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
}

words! {
    /// A property of agents whose values are counted.
    pub(crate) AgentFacet { Type = "type", Enabled = "enabled" }
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
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which facets to answer: properties for each of whose values the matching items are counted.
    facets: Option<Words<AgentFacet>>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<AgentInclude>>,
}

impl Operation for ListAgents {
    const SPEC: Spec = Spec::read(ids::AGENTS_LIST, "/v1/agents").tag(TAG).columns(&[
        "id",
        "type",
        "node_name",
        "enabled",
        "status",
        "labels",
        "created_at",
    ]);
    type Output = FacetedPage<view::Agent>;

    async fn run(self, cx: &Cx) -> Result<FacetedPage<view::Agent>> {
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
            total: self.total.unwrap_or_default(),
        };
        let mut page = cx.store().agents(&reach).list(&filter, list).await?;
        doubt(cx, &mut page.items).await?;
        let facets = facets(cx, &reach, &filter, self.facets.unwrap_or_default()).await?;
        let mut page = page.map(view::Agent::from);
        include(cx, &reach, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(FacetedPage::new(page, facets))
    }
}

/// The facets of the agents that match a filter. Each leaves out the filter on its own property.
async fn facets(
    cx: &Cx,
    reach: &OrganizationReach,
    filter: &AgentFilter,
    asked: Words<AgentFacet>,
) -> Result<Facets> {
    let mut facets = Facets::new();
    for facet in asked.0 {
        let mut agents = cx.store().agents(reach);
        let (name, counted) = match facet {
            AgentFacet::Type => {
                let filter = AgentFilter { kind: None, ..filter.clone() };
                ("type", values(agents.facet_of_types(&filter).await?, ToString::to_string, |_| None)?)
            }
            AgentFacet::Enabled => {
                let filter = AgentFilter { enabled: None, ..filter.clone() };
                ("enabled", values(agents.facet_of_enabled(&filter).await?, ToString::to_string, |_| None)?)
            }
        };
        facets.insert(name, counted);
    }
    Ok(facets)
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
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<AgentInclude>>,
}

impl Operation for GetAgent {
    const SPEC: Spec = Spec::read(ids::AGENTS_GET, "/v1/agents/{agent}").tag(TAG).versioned();
    const REVISION: fn(&view::Agent) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Agent;

    async fn run(self, cx: &Cx) -> Result<view::Agent> {
        let reach = cx.organization_reach()?;
        let id = find(cx.store(), &reach, &self.agent).await?;
        let mut agent = NOUN.found(cx.store().agents(&reach).get(id).await?, &self.agent)?;
        doubt(cx, std::slice::from_mut(&mut agent)).await?;
        let mut agent = view::Agent::from(agent);
        let asked = self.include.unwrap_or_default();
        include(cx, &reach, std::slice::from_mut(&mut agent), &asked).await?;
        Ok(agent)
    }
}

/// The enabled agents that run on a node, the oldest first; at most one page of them.
pub async fn enabled_on(store: &Store, reach: &OrganizationReach, node: NodeId) -> Result<Vec<Agent>> {
    let filter = AgentFilter { runs_on: Some(node), enabled: Some(true), ..AgentFilter::default() };
    let sort = AgentSort::CreatedAt.into();
    let list = List { limit: PageLimit::near(u32::MAX), cursor: None, sort, total: false };
    Ok(store.agents(reach).list(&filter, list).await?.items)
}
