//! Where a node is and what it runs on, and whether it may be as it is to be.

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::site::SiteRef;
use bailiwick_store::nodes::Nodes;
use bailiwick_store::sites::Sites;
use bailiwick_store::{Error as StoreError, Run};

use super::NOUN;
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};

/// The site that is named, if one is. That there is none in reach is an error of the field.
pub(super) async fn find_site<R: Run>(
    run: R,
    reach: &OrganizationReach,
    site: Option<&SiteRef>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<SiteId>> {
    let Some(named) = site else { return Ok(None) };
    let found = Sites::new(run, reach).find(named).await?;
    if found.is_none() {
        errors.push(FieldError::new("site", format!("there is no site {named}")));
    }
    Ok(found.map(|site| site.id))
}

/// The node that is named as a host, if one is. That there is none in reach is an error of the
/// field.
pub(super) async fn find_host<R: Run>(
    run: R,
    reach: &OrganizationReach,
    host: Option<&NodeRef>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<NodeId>> {
    let Some(named) = host else { return Ok(None) };
    let found = Nodes::new(run, reach).find(named).await?;
    if found.is_none() {
        errors.push(FieldError::new("host", format!("there is no node {named}")));
    }
    Ok(found.map(|node| node.id))
}

/// Finds out whether a node can run on its host: not if that runs on the node itself, be it by way
/// of others, or on too many.
pub(super) async fn check_host<R: Run>(
    run: R,
    reach: &OrganizationReach,
    node: NodeId,
    host: NodeId,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let above = Nodes::new(run, reach).with_hosts(host).await?;
    if above.contains(&node) {
        errors.push(FieldError::new("host", "expected a node that does not itself run on this one"));
    } else if above.len() > HOSTS_MAX {
        let detail = format!("expected at most {HOSTS_MAX} nodes that run on one another");
        errors.push(FieldError::new("host", detail));
    }
    Ok(())
}

/// What of a node does not go with its type, as errors of its fields.
pub(super) fn misfits(node: &Node) -> impl Iterator<Item = FieldError> {
    node.misfits().into_iter().map(|misfit| FieldError::new(misfit.field(), misfit.to_string()))
}

/// Refuses an input that is wrong.
pub(super) fn no_errors(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// Refuses to make a node what the caller then could not see.
pub(super) fn require_reach(reach: &OrganizationReach, node: &Node) -> Result<()> {
    if reach.touches_node(node.id, node.site_id, &node.labels) {
        return Ok(());
    }
    Err(Error::ReachTooNarrow("the node would be outside of it"))
}

/// What a caller is told who may not say which machine a node is.
pub(super) const MACHINE_ID_IS_WHOLE: &str = "expected no `machine_id`: only a caller who reaches the whole organization may set one; agents fill it in";

/// Refuses to say which machine a node is to a caller who does not reach the whole organization: a machine of
/// another part of it would enrol as this node.
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

/// Why a node could not be written. Its transaction must have ended.
pub(super) async fn refused(
    cx: &Cx,
    reach: &OrganizationReach,
    node: &Node,
    error: StoreError,
) -> Result<Error> {
    Ok(match error {
        StoreError::Taken => match cx.store().nodes(reach).rivals(&[node]).await?.first() {
            Some((_, rival)) => {
                let reached = cx.store().nodes(reach).existing([rival.id]).await?;
                let other = reached.first().map(ToString::to_string);
                Error::Taken { field: rival.field, noun: NOUN, other }
            }
            // It was free again by the time that this was asked.
            None => Error::Unavailable,
        },
        // Its site or host was deleted between being found and being referred to.
        StoreError::InUse => Error::Unavailable,
        error => error.into(),
    })
}
