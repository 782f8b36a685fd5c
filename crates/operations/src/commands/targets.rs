//! Selection of the nodes that a command goes to.

use std::collections::BTreeMap;

use bailiwick_domain::command::{NAMED_MAX, TARGETS_MAX, Targets};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::{NodeRef, NodeSummary};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};

use crate::references::{KnownNodes, check_length};

const NO_AGENT: &str = "no bailiwick_agent has enrolled on this node";

/// Finds the selected nodes that are in reach and have an agent that runs commands. Refuses an empty
/// selector, which selects no node rather than all.
pub(super) async fn select(
    cx: &Cx,
    reach: &OrganizationReach,
    targets: &Targets,
) -> Result<Vec<NodeSummary>> {
    let found = match targets {
        Targets::Nodes(names) => named(cx, reach, names).await?,
        Targets::Labels(selector) if selector.is_empty() => {
            let detail = "expected a requirement: an empty selector selects no node";
            return Err(Error::invalid("targets.labels", detail));
        }
        Targets::Labels(selector) => {
            let filter = NodeFilter { labels: selector.clone(), ..NodeFilter::default() };
            cx.store().nodes(reach).commanded(&filter, TARGETS_MAX + 1).await?
        }
        Targets::Site(name) => {
            let site = cx.store().sites(reach).find(name).await?;
            let site =
                site.ok_or_else(|| Error::invalid("targets.site", format!("there is no site {name}")))?;
            cx.store().nodes(reach).commanded(&NodeFilter::at(site.id), TARGETS_MAX + 1).await?
        }
    };
    if found.is_empty() {
        let detail = "the targets include no node on which an agent has enrolled";
        return Err(Error::invalid("targets", detail));
    }
    if found.len() > TARGETS_MAX {
        let detail = format!("expected at most {TARGETS_MAX} nodes, found more; select fewer nodes");
        return Err(Error::invalid("targets", detail));
    }
    Ok(found)
}

/// Nodes that are named one by one, without duplicates.
async fn named(cx: &Cx, reach: &OrganizationReach, names: &[NodeRef]) -> Result<Vec<NodeSummary>> {
    let mut errors = Vec::new();
    check_length("targets.nodes", names, NAMED_MAX, &mut errors);
    require_valid(std::mem::take(&mut errors))?;
    let known = KnownNodes::find(cx.store().nodes(reach), names).await?;
    let mut ids: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (n, name) in names.iter().enumerate() {
        if let Some(node) = known.get(&format!("targets.nodes[{n}]"), name, &mut errors) {
            ids.entry(node.id).or_insert(n);
        }
    }
    let all: Vec<NodeId> = ids.keys().copied().collect();
    let found = cx.store().nodes(reach).commanded_of(&all).await?;
    for node in &found {
        ids.remove(&node.id);
    }
    errors.extend(ids.into_values().map(|n| FieldError::new(format!("targets.nodes[{n}]"), NO_AGENT)));
    if errors.is_empty() { Ok(found) } else { Err(Error::Invalid(errors)) }
}
