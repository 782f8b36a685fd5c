//! Delete a node.

use bailiwick_domain::audit::Target;
use bailiwick_domain::node::{Node, NodeRef};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::agents::Gone;
use bailiwick_store::{Run, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use super::dependants::{detached, targets};
use super::{NOUN, TAG, ids, view};
use crate::agents::AgentsOf;
use crate::noun::require_unused;
use crate::services::ServicesOn;
use crate::uses::{Object, Uses};

/// Why the results of commands that its agent did not report are unknown.
const DELETED: &str = "the node was deleted";

/// Delete a node.
///
/// Refused while something depends on it. With `force`, nodes that run on it stay, without a host.
/// Services that run on no other node are deleted too, and so are agents that run on it or would
/// observe nothing more, for which the scopes `services.delete` and `agents.delete` are needed; other
/// services and agents stay without it. The node is removed from the reach of keys and roles, and from
/// schedules and maintenance windows; those for no other node, and those for the nodes that run on it, are deleted. Its observations, and what is said about its
/// production, are always deleted with it. The caller must reach all of these objects, and
/// have the scopes to change and delete them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteNode {
    /// Its id or name.
    node: NodeRef,
    /// Delete it even if something depends on it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted or changed.
    dry_run: Option<bool>,
}

/// Everything that depends on a node.
struct Dependent {
    /// The nodes that run on it, which stay.
    hosted: Vec<Dependants>,
    services: ServicesOn,
    agents: AgentsOf,
    /// The keys, roles, schedules and maintenance windows that name it.
    uses: Uses,
}

impl Dependent {
    async fn find<R: Run>(cx: &Cx, mut run: R, reach: &OrganizationReach, node: &Node) -> Result<Self> {
        Ok(Self {
            hosted: detached(&mut run, reach, &NodeFilter::on(node.id)).await?,
            services: ServicesOn::find(&mut run, reach, node.id).await?,
            agents: AgentsOf::find(&mut run, reach, Gone::Node(node.id)).await?,
            uses: {
                let uses = Uses::find(cx, &mut run, Some(reach.organization), Object::Node(node.id)).await?;
                uses.require_reach(reach)?;
                uses
            },
        })
    }

    /// The effect of a forced deletion on each.
    fn dependants(&self) -> Vec<Dependants> {
        let (services, agents) = (self.services.dependants(), self.agents.dependants());
        [self.hosted.clone(), services, agents, self.uses.dependants()].concat()
    }

    /// Deletes or detaches each of them.
    async fn release(self, cx: &Cx, tx: &mut Tx, reach: &OrganizationReach, node: &Node) -> Result<()> {
        self.agents.release(cx, tx, reach).await?;
        self.services.release(cx, tx, reach).await?;
        if !self.hosted.is_empty() {
            tx.nodes(reach).leave_host(&NodeFilter::on(node.id), cx.now()).await?;
        }
        self.uses.release(cx, tx).await
    }

    fn targets(&self) -> impl Iterator<Item = Target> {
        let inventory = targets(&self.hosted).chain(self.services.targets()).chain(self.agents.targets());
        inventory.chain(self.uses.targets())
    }
}

impl Operation for DeleteNode {
    const SPEC: Spec = Spec::delete(ids::NODES_DELETE, "/v1/nodes/{node}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let object = |node: &Node| Dependant::new(node.id, &node.name);
        if self.dry_run.unwrap_or_default() {
            let node = NOUN.found(cx.store().nodes(&reach).find(&self.node).await?, &self.node)?;
            let dependants = Dependent::find(cx, cx.store(), &reach, &node).await?.dependants();
            return Ok(NOUN.removal(cx, object(&node), dependants, true));
        }
        let mut write = cx.write().await?;
        let seen = NOUN.found(write.tx().nodes(&reach).find_seen(&self.node).await?, &self.node)?;
        let node = seen.node.clone();
        cx.require_match(&view::Node::at(seen, cx.now()), node.revision)?;
        let (touched, dependants) = remove(cx, write.tx(), &reach, &node, self.force).await?;
        let removal = write.commit(touched, NOUN.removal(cx, object(&node), dependants, false)).await?;
        delete_observations(cx, &reach, &node).await;
        Ok(removal)
    }
}

/// Deletes a node, and with `force` what depends on it. Returns the touched objects, and those that depended
/// on it. After the commit, [`delete_observations`] deletes what is in the other database.
pub(super) async fn remove(
    cx: &Cx,
    tx: &mut Tx,
    reach: &OrganizationReach,
    node: &Node,
    force: Option<bool>,
) -> Result<(Vec<Target>, Vec<Dependants>)> {
    let dependent = Dependent::find(cx, &mut *tx, reach, node).await?;
    let dependants = dependent.dependants();
    let mut touched = vec![NOUN.target(node.id)];
    touched.extend(dependent.targets());
    require_unused(cx, &dependants, force)?;
    if !dependants.is_empty() {
        dependent.release(cx, tx, reach, node).await?;
    }
    tx.lose_results_of_node(node.id, DELETED, cx.now()).await?;
    tx.drop_results_of_node(node.id, DELETED, cx.now()).await?;
    tx.nodes(reach).delete(node.id, node.revision).await?;
    Ok((touched, dependants))
}

/// Deletes the observations of a node whose deletion is committed.
pub(super) async fn delete_observations(cx: &Cx, reach: &OrganizationReach, node: &Node) {
    // They are in another database. If this fails, they are found and deleted later.
    if let Err(error) = cx.observations().delete_node(reach.organization, node.id).await {
        log_background_error(&error, "the observations of a deleted node are deleted later");
    }
}
