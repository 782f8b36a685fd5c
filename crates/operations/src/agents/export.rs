//! Take agents out as text.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{NodeId, ServiceId};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::ServiceRef;
use bailiwick_store::AgentFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::TAG;
use super::draft::Observes;
use super::line::AgentLine;
use super::read::AgentSort;
use crate::answer::Text;
use crate::cx::Cx;
use crate::error::Result;
use crate::export::{Export, Exported};
use crate::format::Format;
use crate::operation::Operation;
use crate::references::find_node;
use crate::spec::Spec;

/// Take the agents of an organization out as text, by age.
///
/// With `Accept: text/csv` or `application/x-ndjson` the answer is the text alone, and the next page
/// is in the header `Link`. What is taken out can be brought in again by an import: nodes and services
/// stand in it by name. Secrets are never taken out. In CSV, a cell that a spreadsheet would take for
/// a formula has an apostrophe before it, which an import takes off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportAgents {
    /// How they are written; as `Accept` says if absent, otherwise `jsonl`.
    format: Option<Format>,
    /// Leave the ids out, so that an import creates such agents anew, here or elsewhere.
    without_ids: Option<bool>,
    /// Only agents whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only agents of this type.
    r#type: Option<AgentType>,
    /// Only agents that run on this node, named by id or name.
    runs_on: Option<NodeRef>,
    /// Only agents that are to run, or only those that are not.
    enabled: Option<bool>,
    /// The most agents at once.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the export before.
    cursor: Option<Cursor>,
}

impl Operation for ExportAgents {
    const SPEC: Spec = Spec::read("agents.export", "/v1/agents/export").tag(TAG).answers_text();
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
        let total = match self.cursor {
            Some(_) => None,
            None => Some(cx.store().agents(&reach).count(&filter).await?),
        };
        let mut export =
            Export::begin::<AgentLine>(self.format, self.limit.unwrap_or_default(), self.cursor)?;
        while let Some(list) = export.next_page(AgentSort::CreatedAt) {
            let page = cx.store().agents(&reach).list(&filter, list).await?;
            export.add(&named(cx, &reach, page.items, with_ids).await?, page.next_cursor)?;
        }
        Ok(export.end(total))
    }

    fn text(output: &Exported) -> Option<Text> {
        Some(output.as_text())
    }
}

/// Agents with their nodes and services by name, in the order of names: the same is the same text
/// elsewhere.
async fn named(
    cx: &Cx,
    reach: &OrganizationReach,
    agents: Vec<Agent>,
    with_ids: bool,
) -> Result<Vec<AgentLine>> {
    let of = |agent: &Agent| agent.runs_on.into_iter().chain(agent.observes.nodes.clone());
    let nodes: BTreeSet<NodeId> = agents.iter().flat_map(of).collect();
    let services: BTreeSet<ServiceId> =
        agents.iter().flat_map(|agent| agent.observes.services.iter().copied()).collect();
    let nodes: Vec<NodeId> = nodes.into_iter().collect();
    let services: Vec<ServiceId> = services.into_iter().collect();
    let nodes = cx.store().nodes(reach).all_of(&nodes, &[]).await?;
    let nodes: HashMap<_, _> = nodes.into_iter().map(|node| (node.id, NodeRef::Name(node.name))).collect();
    let services = cx.store().services(reach).objects(&services, &[]).await?;
    let services: HashMap<_, _> = services
        .into_iter()
        .filter_map(|service| Some((service.id, ServiceRef::Name(service.name.parse().ok()?))))
        .collect();
    let lines = agents.into_iter().map(|agent| {
        let node = |id: &NodeId| nodes.get(id).cloned().unwrap_or(NodeRef::Id(*id));
        let service = |id: &ServiceId| services.get(id).cloned().unwrap_or(ServiceRef::Id(*id));
        let mut observed_nodes: Vec<NodeRef> = agent.observes.nodes.iter().map(node).collect();
        observed_nodes.sort_by_cached_key(ToString::to_string);
        let mut observed_services: Vec<ServiceRef> = agent.observes.services.iter().map(service).collect();
        observed_services.sort_by_cached_key(ToString::to_string);
        let observes = Observes { nodes: Some(observed_nodes), services: Some(observed_services) };
        let runs_on = agent.runs_on.as_ref().map(node);
        AgentLine::of(agent, runs_on, observes, with_ids)
    });
    Ok(lines.collect())
}
