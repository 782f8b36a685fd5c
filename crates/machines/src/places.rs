//! The sites and nodes that fields name.

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::error::{Error, Result};
use bailiwick_operations::noun;
use bailiwick_operations::references::missing;
use bailiwick_store::Run;
use bailiwick_store::nodes::Nodes;
use bailiwick_store::sites::Sites;

/// The node that the field `node` names; `None` if the field is absent.
pub(crate) async fn node_of<R: Run>(
    run: R,
    reach: &OrganizationReach,
    named: Option<&NodeRef>,
) -> Result<Option<NodeId>> {
    let Some(named) = named else { return Ok(None) };
    Ok(Some(one_node(run, reach, named).await?))
}

/// The node that the required field `node` names.
pub(crate) async fn one_node<R: Run>(run: R, reach: &OrganizationReach, named: &NodeRef) -> Result<NodeId> {
    let found = Nodes::new(run, reach).find(named).await?;
    Ok(found.ok_or_else(|| Error::Invalid(vec![missing("node", noun::NODE, named)]))?.id)
}

/// The site that the field `site` names; `None` if the field is absent.
pub(crate) async fn site_of<R: Run>(
    run: R,
    reach: &OrganizationReach,
    named: Option<&SiteRef>,
) -> Result<Option<SiteId>> {
    let Some(named) = named else { return Ok(None) };
    let found = Sites::new(run, reach).find(named).await?;
    let site = found.ok_or_else(|| Error::Invalid(vec![missing("site", noun::SITE, named)]))?;
    Ok(Some(site.id))
}

/// The area that the fields `site` and `node` name. At most one of them may be there.
pub(crate) async fn area_of<R: Run>(
    mut run: R,
    reach: &OrganizationReach,
    site: Option<&SiteRef>,
    node: Option<&NodeRef>,
) -> Result<Area> {
    if site.is_some() && node.is_some() {
        return Err(Error::invalid("node", "expected a site, a node or neither, found both"));
    }
    Ok(Area::of(site_of(&mut run, reach, site).await?, node_of(&mut run, reach, node).await?))
}
