//! Selections: freezing the nodes that targets mean, so that an action is for exactly the nodes that were looked at.

use std::collections::BTreeSet;

use bailiwick_domain::id::{NodeId, SelectionId};
use bailiwick_domain::node_filter::{NodeCondition, NodeFilter};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selection::{
    SELECTED_MAX, SELECTION_SECONDS, SELECTIONS_MAX, SELECTIONS_OF_CALLER_MAX, Selection as Record,
};
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, OutdatedSelection, Result};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids;
use crate::noun::{self, Noun, NounSpec};
use crate::targets;

const TAG: &str = "Commands";
const NOUN: Noun = noun::SELECTION;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(NOUN, &[erase::<CreateSelection>()]);

/// Select nodes, and keep the selection for ten minutes.
///
/// The nodes that the targets mean now are frozen. Within ten minutes, an action can name the selection in its
/// `targets`, and then goes to exactly these nodes: `{"selection": "ID"}`. It is refused if more nodes match by then
/// than were frozen. Only the caller that made the selection can use it. A caller has at most 20 selections: another
/// one ends the oldest.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "targets": { "labels": "env=prod" } }]))]
struct CreateSelection {
    /// The nodes. All of them are frozen, also those without an agent.
    targets: Targets,
}

/// A selection: nodes that were frozen.
#[derive(Serialize, JsonSchema)]
struct Selection {
    /// Its id, for `selection` in `targets`.
    id: SelectionId,
    /// How many nodes were frozen.
    count: usize,
    /// How many of these have an agent that is not connected now. A command waits for them.
    offline: usize,
    /// How many of these have no agent. A command leaves them out.
    without_agent: usize,
    /// Until when it can be used.
    expires_at: Timestamp,
}

/// The filter for those nodes that match a filter and whose agent is connected, or was a moment ago.
fn connected(filter: &NodeFilter, now: Timestamp) -> NodeFilter {
    let with = |status| {
        NodeCondition::Is(Box::new(NodeFilter { status: Some((status, now)), ..NodeFilter::default() }))
    };
    let mut connected = filter.clone();
    connected.also.push(NodeCondition::Any([NodeStatus::Online, NodeStatus::Stale].map(with).into()));
    connected
}

impl Operation for CreateSelection {
    const SPEC: Spec = Spec::create(ids::SELECTIONS_CREATE, "/v1/selections").tag(TAG);
    type Output = Selection;

    async fn run(self, cx: &Cx) -> Result<Selection> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut asked = self.targets;
        targets::check_lasting(&asked, targets::FIELD)?;
        let resolved = targets::resolve(cx.store(), &reach, &asked, targets::FIELD, now).await?;
        resolved.pin(&mut asked);
        let filter = resolved.filter;
        let mut nodes = cx.store().nodes(&reach);
        let found = nodes.matching_ids(&filter, SELECTED_MAX + 1).await?;
        if found.len() > SELECTED_MAX {
            let detail = format!("expected at most {SELECTED_MAX} nodes, found more; select fewer nodes");
            return Err(Error::invalid(targets::FIELD, detail));
        }
        let commanded = nodes.commanded(&filter, SELECTED_MAX).await?;
        let connected: BTreeSet<NodeId> =
            nodes.matching_ids(&connected(&filter, now), SELECTED_MAX).await?.into_iter().collect();
        let offline = commanded.iter().filter(|node| !connected.contains(&node.id)).count();
        let selection = Record {
            id: SelectionId::new(cx.clock(), cx.entropy()),
            targets: asked,
            nodes: found,
            expires_at: now.plus_seconds(SELECTION_SECONDS),
        };
        let answer = Selection {
            id: selection.id,
            count: selection.nodes.len(),
            offline,
            without_agent: selection.nodes.len().saturating_sub(commanded.len()),
            expires_at: selection.expires_at,
        };
        let mut write = cx.write().await?;
        let (organization, owner) = (reach.organization, cx.actor());
        let counts = write.tx().count_selections(organization, &owner, now).await?;
        if counts.of_caller >= SELECTIONS_OF_CALLER_MAX {
            write.tx().end_first_selection(organization, Some(&owner)).await?;
        } else if counts.of_organization >= SELECTIONS_MAX {
            write.tx().end_first_selection(organization, None).await?;
        }
        write.tx().create_selection(organization, &owner, &selection).await?;
        write.commit(vec![NOUN.target(selection.id)], answer).await
    }
}

/// The nodes of the selection that targets name, also those that were deleted meanwhile. Refuses a selection that has ended or is somebody else's, and one to
/// which more nodes belong by now than the targets tolerate.
pub(crate) async fn frozen(
    cx: &Cx,
    reach: &OrganizationReach,
    id: SelectionId,
    tolerance: u32,
    field: &str,
) -> Result<Vec<NodeId>> {
    let now = cx.now();
    let selection = cx.store().selection(reach, &cx.actor(), id, now).await?;
    let selection = selection.ok_or_else(|| {
        let detail = format!(
            "there is no selection {id} of yours: it ends ten minutes after it was made; make another with `{}`",
            ids::SELECTIONS_CREATE
        );
        Error::invalid(targets::member(field, "selection"), detail)
    })?;
    let frozen: BTreeSet<NodeId> = selection.nodes.iter().copied().collect();
    let filter = targets::pinned(&selection.targets, now);
    let matching = cx.store().nodes(reach).matching_ids(&filter, SELECTED_MAX + 1).await?;
    let added = matching.iter().filter(|node| !frozen.contains(node)).count();
    if added > tolerance as usize {
        let tolerance = tolerance as usize;
        return Err(Error::SelectionOutdated(OutdatedSelection { selected: frozen.len(), added, tolerance }));
    }
    Ok(selection.nodes)
}
