//! Delete a node.

use bailiwick_domain::audit::Target;
use bailiwick_domain::node::{Node, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::{Error as StoreError, NodeFilter, Run};
use schemars::JsonSchema;
use serde::Deserialize;

use super::dependants::{detached, targets};
use super::{NOUN, TAG};
use crate::cx::Cx;
use crate::error::{Dependant, Dependants, Error, Result};
use crate::operation::Operation;
use crate::removal::Removal;
use crate::spec::Spec;

/// Delete a node.
///
/// Refused while something depends on it. With `force` the nodes that run on it stay, on no host;
/// that takes a key that reaches each of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteNode {
    /// Its id or name.
    node: NodeRef,
    /// Also if something depends on it.
    force: Option<bool>,
    /// Delete nothing, only answer what would go.
    dry_run: Option<bool>,
}

/// All that depends on a node, and what its deletion by force does to it.
async fn dependants<R: Run>(run: R, reach: &OrganizationReach, node: &Node) -> Result<Vec<Dependants>> {
    detached(run, reach, &NodeFilter::on(node.id)).await
}

impl Operation for DeleteNode {
    const SPEC: Spec = Spec::delete("nodes.delete", "/v1/nodes/{node}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let object = |node: &Node| Dependant::new(node.id, &node.name);
        if self.dry_run.unwrap_or_default() {
            let found = cx.store().nodes(&reach).find(&self.node).await?;
            let node = found.ok_or_else(|| Error::not_found(NOUN, &self.node))?;
            let dependants = dependants(cx.store(), &reach, &node).await?;
            return Ok(Removal::of("nodes", object(&node), dependants, true));
        }
        let mut write = cx.write().await?;
        let found = write.tx.nodes(&reach).find(&self.node).await?;
        let node = found.ok_or_else(|| Error::not_found(NOUN, &self.node))?;
        cx.require_match(&node, node.revision)?;
        let dependants = dependants(&mut write.tx, &reach, &node).await?;
        if !dependants.is_empty() {
            if !self.force.unwrap_or_default() {
                return Err(Error::InUse(dependants));
            }
            write.tx.nodes(&reach).leave_host(&NodeFilter::on(node.id), cx.now()).await?;
        }
        match write.tx.nodes(&reach).delete(node.id, node.revision).await {
            Ok(()) => {}
            // Something came to depend on it meanwhile.
            Err(StoreError::InUse) => return Err(Error::Unavailable),
            Err(error) => return Err(error.into()),
        }
        let mut touched = vec![Target::new(NOUN, node.id)];
        touched.extend(targets(&dependants));
        write.commit(touched, Removal::of("nodes", object(&node), dependants, false)).await
    }
}
