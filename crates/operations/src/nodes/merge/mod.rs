//! Merge a duplicate of a node into it.

mod agents;
mod fields;
mod plan;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::limits::{SERIES_PER_NODE_MAX, WORDS_PER_SERIES_MAX};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::nodes::{Nodes, SeenNode};
use bailiwick_store::{MergeObstacle, NodeMerge, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::checks::taken;
use super::{NOUN, TAG, ids, view};
use crate::noun::readable;
use crate::references::missing;
use plan::Plan;

/// Merge a duplicate of a node into it, and delete the duplicate.
///
/// The node keeps its id, its name and all values that it has; what it lacks, and labels that it does
/// not have, come from `from`. The services, agents, guests, commands with their results, and the
/// newer scan for updates of `from` move to the node, and so do its observations and what is said about its
/// production; keys, roles and schedules that name `from` name the node instead. Both nodes must have the
/// same type.
///
/// If both have an agent of Bailiwick, the one that is connected stays, and the other is deleted; if both
/// are connected, or neither is, the merge is refused. It is also refused if both have a metric of the
/// same key with different kinds or units, or if they have too many metrics or words together. Secrets of
/// agents that then run on another machine are withheld until they are set again.
///
/// A merge says which machine a node is, so the caller must reach the whole organization. Besides
/// `nodes.merge` it needs `nodes.update`,
/// `nodes.delete`, and for what moves `services.update`, `agents.update`, `keys.update`,
/// `roles.update` and `schedules.update`; also `agents.delete` if an agent is deleted,
/// `commands.create` if a waiting command would run on another machine, and
/// `maintenance_windows.update` if a schedule that moves ignores maintenance windows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "from": "db-1-old" }]))]
pub(crate) struct MergeNodes {
    /// The node that stays, by id or name.
    node: NodeRef,
    /// The duplicate, by id or name. It is deleted.
    #[schemars(example = &"db-1-old")]
    from: NodeRef,
    /// Change nothing; only answer what would happen.
    dry_run: Option<bool>,
}

/// The result of a merge.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Merged {
    /// True if nothing was changed because the request was a dry run.
    dry_run: bool,
    /// The node after the merge; with `dry_run`, as it would be.
    node: view::Node,
    /// What moved to the node, by noun.
    moved: Vec<Part>,
    /// What was deleted, by noun.
    deleted: Vec<Part>,
}

/// The objects of one noun.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MergedPart")]
struct Part {
    /// The noun of the objects.
    #[schemars(example = &"services")]
    noun: &'static str,
    /// How many there are.
    count: i64,
    /// The first of them, at most 20; none if the caller may not read them.
    items: Vec<Dependant>,
}

fn parts(cx: &Cx, objects: Vec<Dependants>) -> Vec<Part> {
    let part = |Dependants { noun, count, items, .. }| Part { noun, count, items };
    readable(cx, objects).into_iter().map(part).collect()
}

impl MergeNodes {
    /// The two nodes. Refuses two that cannot be duplicates of each other.
    async fn nodes<R: Run>(&self, mut run: R, reach: &OrganizationReach) -> Result<(SeenNode, SeenNode)> {
        let mut nodes = Nodes::new(&mut run, reach);
        let into = NOUN.found(nodes.find_seen(&self.node).await?, &self.node)?;
        let Some(from) = nodes.find_seen(&self.from).await? else {
            return Err(Error::Invalid(vec![missing("from", NOUN, &self.from)]));
        };
        if from.node.id == into.node.id {
            return Err(Error::invalid("from", "expected another node than the one that it is merged into"));
        }
        if from.node.kind != into.node.kind {
            let (kind, found) = (into.node.kind.as_str(), from.node.kind.as_str());
            let detail = format!(
                "expected a node of type {kind}, as {} is; found one of type {found}",
                into.node.name
            );
            return Err(Error::invalid("from", detail));
        }
        Ok((from, into))
    }
}

impl Operation for MergeNodes {
    const SPEC: Spec = Spec::act(ids::NODES_MERGE, "/v1/nodes/{node}/merge")
        .tag(TAG)
        .whole_organization()
        .versioned()
        .conditional();
    const REVISION: fn(&Merged) -> Option<Revision> =
        |output| (!output.dry_run).then_some(output.node.record.revision);
    type Output = Merged;

    async fn run(self, cx: &Cx) -> Result<Merged> {
        let reach = cx.organization_reach()?;
        let answer = |plan: &Plan, dry_run| Merged {
            dry_run,
            node: view::Node::at(plan.merged(cx), cx.now()),
            moved: parts(cx, plan.moved()),
            deleted: parts(cx, plan.deleted()),
        };
        if self.dry_run.unwrap_or_default() {
            let (from, into) = self.nodes(cx.store(), &reach).await?;
            check_observations(cx, &reach, &from, &into).await?;
            return Ok(answer(&Plan::find(cx, cx.store(), &reach, from, into).await?, true));
        }
        let mut write = cx.write().await?;
        // Two concurrent changes could make two nodes run on each other, or give a node two agents that do the same.
        write.tx().lock_organization(reach.organization).await?;
        let (from, into) = self.nodes(write.tx(), &reach).await?;
        check_observations(cx, &reach, &from, &into).await?;
        let revision = into.node.revision;
        cx.require_match(&view::Node::at(into.clone(), cx.now()), revision)?;
        let takes_machine_id = |node: &SeenNode| node.node.machine_id != into.node.machine_id;
        let plan = Plan::find(cx, write.tx(), &reach, from.clone(), into.clone()).await?;
        let (merged, targets, answer) = (plan.merged(cx), plan.targets(), answer(&plan, false));
        let origin = write.tx().links().origin(from.node.id).await?;
        let merge = NodeMerge {
            organization: reach.organization,
            from: from.node.id,
            into: into.node.id,
            staging: NodeId::new(cx.clock(), cx.entropy()),
            merged_at: cx.now(),
        };
        // Before the node is deleted, because earlier merges into it follow it.
        write.tx().note_node_merge(&merge).await?;
        plan.apply(cx, write.tx(), &reach).await?;
        let written = write.tx().nodes(&reach).update(&merged.node, revision).await;
        let mut write = write.unless_taken(written, taken(cx, &reach, &merged.node)).await?;
        if takes_machine_id(&merged) {
            // Which enrolment keys may take over the node is known together with the machine.
            write.tx().links().set_origin(merged.node.id, &origin).await?;
        }
        let answer = write.commit(targets, answer).await?;
        observations_follow(cx, &merge).await;
        Ok(answer)
    }
}

/// Refuses a merge after which observations of the node that goes could not be kept.
async fn check_observations(
    cx: &Cx,
    reach: &OrganizationReach,
    from: &SeenNode,
    into: &SeenNode,
) -> Result<()> {
    let obstacle = cx.observations().merge_obstacle(reach.organization, from.node.id, into.node.id).await?;
    let (from, into) = (&from.node.name, &into.node.name);
    Err(Error::CannotMerge(match obstacle {
        None => return Ok(()),
        Some(MergeObstacle::Differs(metric)) => format!(
            "the metric {metric} of {from} has another kind or unit than that of {into}, and what was observed would be lost"
        ),
        Some(MergeObstacle::TooManyWords(metric)) => {
            format!("the metric {metric} would have more than {WORDS_PER_SERIES_MAX} words")
        }
        Some(MergeObstacle::TooManySeries(count)) => {
            format!("{into} would have {count} metrics, and a node has at most {SERIES_PER_NODE_MAX}")
        }
    }))
}

/// Moves the observations, which can be in another database. What cannot be moved now is moved later.
async fn observations_follow(cx: &Cx, merge: &NodeMerge) {
    if let Err(error) = cx.observations().merge_nodes(merge, cx.now()).await {
        log_background_error(&error, "observations of a merged node could not be moved; this is tried again");
    }
}
