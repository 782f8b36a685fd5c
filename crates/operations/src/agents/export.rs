//! Export agents as text.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::ServiceId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::ServiceRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::AgentFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::Observes;
use super::line::AgentLine;
use super::read::AgentSort;
use super::{TAG, ids};
use crate::references::{NodeNames, find_node};

/// Export the agents of an organization as text, oldest first.
///
/// With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header
/// `Link` names the next page. The text can be imported again: it refers to nodes and services by name.
/// Secrets are never exported. In CSV, an apostrophe is put before a cell that a spreadsheet would take
/// for a formula; an import removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportAgents {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
    /// Leave out the ids, so that an import creates new agents, here or on another server.
    without_ids: Option<bool>,
    /// Only agents whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only agents of this type.
    r#type: Option<AgentType>,
    /// Only agents that run on this node, by id or name.
    runs_on: Option<NodeRef>,
    /// Only agents that are enabled, or with `false` only those that are not.
    enabled: Option<bool>,
    /// The most agents in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

impl Operation for ExportAgents {
    const SPEC: Spec = Spec::read(ids::AGENTS_EXPORT, "/v1/agents/export").tag(TAG).answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let reach = cx.organization_reach()?;
        let with_ids = !self.without_ids.unwrap_or_default();
        let filter = AgentFilter {
            labels: self.labels.unwrap_or_default(),
            kind: self.r#type,
            runs_on: find_node(cx, &reach, "runs_on", self.runs_on.as_ref()).await?,
            enabled: self.enabled,
            ..AgentFilter::default()
        };
        let (filter, reach) = (&filter, &reach);
        let count = async { Ok(Some(cx.store().agents(reach).count(filter).await?)) };
        let page = |list| async move {
            let page = cx.store().agents(reach).list(filter, list).await?;
            Ok((named(cx, reach, page.items, with_ids).await?, page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(AgentSort::CreatedAt, count, page).await
    }
}

/// Agents with the names of their nodes and services, sorted by name, so that the same agents give the
/// same text on another server.
async fn named(
    cx: &Cx,
    reach: &OrganizationReach,
    agents: Vec<Agent>,
    with_ids: bool,
) -> Result<Vec<AgentLine>> {
    let of = |agent: &Agent| agent.runs_on.into_iter().chain(agent.observes.nodes.clone());
    let nodes = NodeNames::read(cx, reach, agents.iter().flat_map(of)).await?;
    let services: BTreeSet<ServiceId> =
        agents.iter().flat_map(|agent| agent.observes.services.iter().copied()).collect();
    let services: Vec<ServiceId> = services.into_iter().collect();
    let services = cx.store().services(reach).objects(&services, &[]).await?;
    let services: HashMap<_, _> = services
        .into_iter()
        .filter_map(|service| Some((service.id, ServiceRef::Name(service.name.parse().ok()?))))
        .collect();
    let lines = agents.into_iter().map(|agent| {
        let service = |id: &ServiceId| services.get(id).cloned().unwrap_or(ServiceRef::Id(*id));
        let mut observed: Vec<ServiceRef> = agent.observes.services.iter().map(service).collect();
        observed.sort_by_cached_key(ToString::to_string);
        let observes =
            Observes { nodes: Some(nodes.of_all(&agent.observes.nodes)), services: Some(observed) };
        let runs_on = agent.runs_on.map(|id| nodes.of(id));
        AgentLine::of(agent, runs_on, observes, with_ids)
    });
    Ok(lines.collect())
}
