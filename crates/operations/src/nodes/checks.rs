//! Checks of a node's site, host and reach.

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_store::Run;
use bailiwick_store::nodes::Nodes;
use bailiwick_store::sites::Sites;

use super::{NOUN, noun};
use crate::references::missing;

/// The site that a field names, if it does. Adds an error if there is none in reach.
pub(super) async fn find_site<R: Run>(
    run: R,
    reach: &OrganizationReach,
    site: Option<&SiteRef>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<SiteId>> {
    let Some(named) = site else { return Ok(None) };
    let found = Sites::new(run, reach).find(named).await?;
    if found.is_none() {
        errors.push(missing("site", noun::SITE, named));
    }
    Ok(found.map(|site| site.id))
}

/// The node that the field `host` names, if it does. Adds an error if there is none in reach.
pub(super) async fn find_host<R: Run>(
    run: R,
    reach: &OrganizationReach,
    host: Option<&NodeRef>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<NodeId>> {
    let Some(named) = host else { return Ok(None) };
    let found = Nodes::new(run, reach).find(named).await?;
    if found.is_none() {
        errors.push(missing("host", NOUN, named));
    }
    Ok(found.map(|node| node.id))
}

/// Refuses a host that runs on the node itself, directly or through other hosts, or that is too many
/// levels deep.
pub(super) async fn check_host<R: Run>(
    run: R,
    reach: &OrganizationReach,
    node: NodeId,
    host: NodeId,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let above = Nodes::new(run, reach).with_hosts(host).await?;
    if above.contains(&node) {
        errors.push(FieldError::new("host", "expected a host that does not itself run on this node"));
    } else if above.len() > HOSTS_MAX {
        let detail = format!("expected at most {HOSTS_MAX} hosts above a node");
        errors.push(FieldError::new("host", detail));
    }
    Ok(())
}

/// Errors for fields that do not fit a node's type.
pub(super) fn misfits(node: &Node) -> impl Iterator<Item = FieldError> {
    node.misfits().into_iter().map(|misfit| FieldError::new(misfit.field(), misfit.to_string()))
}

/// Refuses a node that would be out of the caller's reach.
pub(super) fn require_reach(reach: &OrganizationReach, node: &Node) -> Result<()> {
    if reach.touches_node(node.id, node.site_id, &node.labels) {
        return Ok(());
    }
    Err(Error::ReachTooNarrow("the node would be outside of it"))
}

/// The error for a caller that may not set a node's machine id.
const MACHINE_ID_IS_WHOLE: &str = "expected no `machine_id`: only a caller who reaches the whole organization may set one; agents fill it in";

/// Refuses a change of the machine id if the caller does not reach the whole organization. Otherwise a
/// machine from another part of the organization would enrol as this node.
pub(super) fn check_machine_id(
    reach: &OrganizationReach,
    before: Option<&Detail>,
    after: Option<&Detail>,
    errors: &mut Vec<FieldError>,
) {
    if reach.is_partial() && before != after {
        errors.push(FieldError::new("machine_id", MACHINE_ID_IS_WHOLE));
    }
}

/// The error for a value that another node has. Call it after the transaction has ended.
pub(super) async fn taken(cx: &Cx, reach: &OrganizationReach, node: &Node) -> Result<Error> {
    let rivals = cx.store().nodes(reach).rivals(&[node]).await?;
    // Without a rival, the value is free again by now.
    let Some((_, rival)) = rivals.first() else { return Ok(Error::Conflict) };
    let reached = cx.store().nodes(reach).existing([rival.id]).await?;
    Ok(NOUN.taken(rival.field, reached.first()))
}
