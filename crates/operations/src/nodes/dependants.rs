//! Nodes that depend on a deleted object.

use bailiwick_domain::audit::Target;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_engine::shape::removal::ITEMS_MAX;
use bailiwick_store::Run;
use bailiwick_store::nodes::Nodes;

use super::NOUN;

/// The nodes that refer to an object to be deleted, and stay without it; empty if there are none.
/// Refuses if the caller does not reach each of them.
pub(crate) async fn detached<R: Run>(
    mut run: R,
    reach: &OrganizationReach,
    filter: &NodeFilter,
) -> Result<Vec<Dependants>> {
    let whole = OrganizationReach::whole(reach.organization);
    let count = Nodes::new(&mut run, &whole).count(filter).await?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if Nodes::new(&mut run, reach).count(filter).await? < count {
        return Err(Error::ReachTooNarrow("nodes outside of it depend on this object"));
    }
    let first = Nodes::new(&mut run, reach).first(filter, ITEMS_MAX).await?;
    let items = first.into_iter().map(|node| Dependant::new(node.id, node.name)).collect();
    Ok(vec![Dependants { noun: NOUN.many, effect: Effect::Detached, count, items }])
}

/// The nodes listed among dependants, for the audit trail.
pub(crate) fn targets(dependants: &[Dependants]) -> impl Iterator<Item = Target> {
    let nodes = dependants.iter().filter(|d| d.noun == NOUN.many);
    nodes.flat_map(|d| d.items.iter().map(|item| NOUN.target(&item.id)))
}
