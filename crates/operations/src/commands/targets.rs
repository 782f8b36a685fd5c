//! Selection of the nodes that a command goes to.

use std::collections::HashSet;

use bailiwick_domain::command::TARGETS_MAX;
use bailiwick_domain::id::{NodeId, SelectionId};
use bailiwick_domain::node::NodeSummary;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use schemars::JsonSchema;
use serde::Serialize;

use crate::selections::frozen;
use crate::targets::{FIELD, Resolved, check, member, resolve};

const NO_AGENT: &str = "no bailiwick_agent has enrolled on this node";
/// How many of the nodes that are left out an answer names.
const LEFT_OUT_SHOWN: u32 = 20;
/// Up to how many nodes that are left out are counted.
const LEFT_OUT_MAX: usize = 10_000;

/// Nodes that the targets include, and that get nothing because they have no agent.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "NodesLeftOut")]
pub(crate) struct LeftOut {
    /// How many there are.
    count: usize,
    /// Whether that is the exact number. If not, there are at least that many.
    exact: bool,
    /// The first 20 of them, sorted by name.
    nodes: Vec<NodeSummary>,
}

/// The nodes that a command goes to, and those that are left out.
pub(super) struct Selected {
    pub(super) nodes: Vec<NodeSummary>,
    pub(super) left_out: LeftOut,
}

/// Finds the nodes in reach that the targets mean and that have an agent that runs commands. A node that is named by
/// itself must have one; others without an agent are left out.
pub(super) async fn select(cx: &Cx, reach: &OrganizationReach, targets: &Targets) -> Result<Selected> {
    check(targets, FIELD)?;
    if let Some(id) = targets.selection {
        return selected(cx, reach, id, targets.tolerance.unwrap_or_default()).await;
    }
    let resolved = resolve(cx.store(), reach, targets, FIELD, cx.now()).await?;
    let mut nodes = cx.store().nodes(reach);
    let found = nodes.commanded(&resolved.filter, TARGETS_MAX + 1).await?;
    if found.len() > TARGETS_MAX {
        let detail = format!("expected at most {TARGETS_MAX} nodes, found more; select fewer nodes");
        return Err(Error::invalid(FIELD, detail));
    }
    let most = found.len() + LEFT_OUT_MAX;
    let all = nodes.count_up_to(&resolved.filter, most + 1).await?;
    let mut left_out = LeftOut {
        count: all.min(most).saturating_sub(found.len()),
        exact: all <= most,
        ..LeftOut::default()
    };
    if left_out.count > 0 {
        require_agents(cx, reach, &resolved).await?;
        left_out.nodes = nodes.without_agent(&resolved.filter, LEFT_OUT_SHOWN).await?;
    }
    require_some(&found)?;
    Ok(Selected { nodes: found, left_out })
}

/// Refuses targets that include no node with an agent.
fn require_some(found: &[NodeSummary]) -> Result<()> {
    if found.is_empty() {
        let detail = "the targets include no node on which an agent has enrolled";
        return Err(Error::invalid(FIELD, detail));
    }
    Ok(())
}

/// The nodes of a selection that still exist and are still in reach.
async fn selected(cx: &Cx, reach: &OrganizationReach, id: SelectionId, tolerance: u32) -> Result<Selected> {
    let frozen = frozen(cx, reach, id, tolerance, FIELD).await?;
    let mut nodes = cx.store().nodes(reach);
    let found = nodes.commanded_of(&frozen).await?;
    require_some(&found)?;
    let commanded: HashSet<NodeId> = found.iter().map(|node| node.id).collect();
    let bare: Vec<NodeId> = frozen.into_iter().filter(|node| !commanded.contains(node)).collect();
    let mut bare = if bare.is_empty() { Vec::new() } else { nodes.names_of(&bare).await? };
    bare.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let count = bare.len();
    bare.truncate(LEFT_OUT_SHOWN as usize);
    Ok(Selected { nodes: found, left_out: LeftOut { count, exact: true, nodes: bare } })
}

/// Refuses nodes without an agent that are named one by one.
async fn require_agents(cx: &Cx, reach: &OrganizationReach, resolved: &Resolved) -> Result<()> {
    let Resolved { filter, named } = resolved;
    if named.is_empty() {
        return Ok(());
    }
    let most = u32::try_from(named.len()).map_err(Error::internal)?;
    let bare = cx.store().nodes(reach).without_agent(filter, most).await?;
    let mut places: Vec<usize> = bare.iter().filter_map(|node| named.get(&node.id)).copied().collect();
    places.sort_unstable();
    let field = member(FIELD, "nodes");
    require_valid(places.into_iter().map(|n| FieldError::new(format!("{field}[{n}]"), NO_AGENT)).collect())
}
