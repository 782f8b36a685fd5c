//! Which nodes the maintenance windows of an organization cover, and whether these nodes may be worked on now.

use std::collections::HashMap;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::maintenance_window::{MaintenanceWindow, Opening};
use bailiwick_domain::node::{Node, NodeSummary};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::targets::TargetNode;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::computing::Pace;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::maintenance_windows::MaintenanceWindows;
use bailiwick_store::{MaintenanceWindowFilter, Run, long_work};

/// Why a caller with a narrower reach may not change which windows cover a node.
pub(crate) const OF_ALL: &str = "other maintenance windows would cover the node than before, and windows belong to the whole organization";
/// How many comparisons of a node with a window may be made without making other tasks wait.
const QUICK: usize = 10_000;

/// Selected nodes, sorted by whether they may be worked on now.
#[derive(Default)]
pub(crate) struct Sorted {
    /// The nodes that may be worked on.
    pub(crate) free: Vec<NodeSummary>,
    /// The nodes that are outside their windows, each with the time at which the next of its windows opens.
    pub(crate) outside: Vec<(NodeSummary, Option<Timestamp>)>,
    /// When the first of the free nodes may not be worked on any more; `None` if that is not known.
    pub(crate) until: Option<Timestamp>,
}

/// What the windows of a node say about it now.
enum Standing {
    /// It may be worked on until that time, if any.
    Free(Option<Timestamp>),
    /// It may not be worked on before that time, if any.
    Outside(Option<Timestamp>),
}

fn standing(windows: &[(MaintenanceWindow, Opening)], node: &TargetNode) -> Standing {
    let covering = || {
        let here = windows.iter().filter(|(window, _)| window.covers(node));
        here.map(|(_, opening)| opening)
    };
    if covering().next().is_none() {
        return Standing::Free(None);
    }
    let mut closings = covering().filter(|opening| opening.open).map(|opening| opening.closes_at).peekable();
    if closings.peek().is_none() {
        return Standing::Outside(covering().filter_map(|opening| opening.opens_at).min());
    }
    // It is free until the last of its open windows closes; one without an end stays open.
    Standing::Free(closings.collect::<Option<Vec<_>>>().and_then(|closings| closings.into_iter().max()))
}

/// Sorts nodes by whether they may be worked on now. The windows and what they look at in the nodes are read once for
/// all nodes.
pub(crate) async fn sort(cx: &Cx, reach: &OrganizationReach, nodes: Vec<NodeSummary>) -> Result<Sorted> {
    let enabled = MaintenanceWindowFilter { is_enabled: Some(true), ..Default::default() };
    let windows = cx.store().maintenance_windows(reach).all(&enabled).await?;
    if windows.is_empty() {
        return Ok(Sorted { free: nodes, ..Sorted::default() });
    }
    let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
    let known = cx.store().nodes(reach).target_nodes_of(&ids).await?;
    let is_quick = nodes.len().saturating_mul(windows.len()) < QUICK;
    let (mut opened, mut pace) = (Vec::with_capacity(windows.len()), Pace::default());
    for window in windows {
        let opening = window.opening(cx.now());
        opened.push((window, opening));
        pace.step().await;
    }
    let work = || sorted(&opened, known, nodes);
    Ok(if is_quick { work() } else { long_work(work) })
}

fn sorted(
    windows: &[(MaintenanceWindow, Opening)],
    known: Vec<TargetNode>,
    nodes: Vec<NodeSummary>,
) -> Sorted {
    let known: HashMap<NodeId, TargetNode> = known.into_iter().map(|node| (node.id, node)).collect();
    let mut sorted = Sorted::default();
    for node in nodes {
        // A node that is not known was deleted meanwhile, and nothing is done on it.
        match known.get(&node.id).map_or(Standing::Free(None), |node| standing(windows, node)) {
            Standing::Free(until) => {
                sorted.until = sorted.until.into_iter().chain(until).min();
                sorted.free.push(node);
            }
            Standing::Outside(opens_at) => sorted.outside.push((node, opens_at)),
        }
    }
    sorted
}

/// The indexes of the changes, each of a node before and after, by which the node might be worked on at other times
/// than its windows say. A node that a window covers must be covered by the same windows afterwards: another one may
/// be open at other times. A node that no window covers may come into windows, because they only limit it. Nothing is
/// wrong for callers that reach the whole organization.
pub(crate) async fn escaping<R: Run>(
    run: R,
    reach: &OrganizationReach,
    changes: &[(&Node, &Node)],
) -> Result<Vec<usize>> {
    if !reach.is_partial() {
        return Ok(Vec::new());
    }
    let changes: Vec<(TargetNode, TargetNode)> =
        changes.iter().map(|(before, after)| ((*before).into(), (*after).into())).collect();
    if changes.iter().all(|(before, after)| before == after) {
        return Ok(Vec::new());
    }
    let windows = MaintenanceWindows::new(run, reach).all(&MaintenanceWindowFilter::default()).await?;
    let is_escaping = |(before, after): &(TargetNode, TargetNode)| {
        let covering =
            |node: &TargetNode| windows.iter().map(|window| window.covers(node)).collect::<Vec<_>>();
        let before = covering(before);
        before.contains(&true) && before != covering(after)
    };
    Ok((0..changes.len()).filter(|at| is_escaping(&changes[*at])).collect())
}

/// Refuses changes of which [`escaping`] names one.
pub(crate) async fn require_covered<R: Run>(
    run: R,
    reach: &OrganizationReach,
    changes: &[(&Node, &Node)],
) -> Result<()> {
    if escaping(run, reach, changes).await?.is_empty() { Ok(()) } else { Err(Error::ReachTooNarrow(OF_ALL)) }
}
