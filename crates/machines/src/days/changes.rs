//! Changes of what is said about nodes, which make their sums outdated.

use std::collections::HashMap;

use bailiwick_domain::id::{NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::Result;
use bailiwick_store::{DirtyRange, Observations, Store};

use crate::merged_nodes;

/// How many changes are read together.
const CHANGES_AT_ONCE: u32 = 1_000;
/// The last time that can be outdated: 9999-01-01.
const LAST_AT: i64 = 253_370_764_800_000_000;

/// Marks as outdated what has changed since the last report of an organization, also of nodes out of the caller's
/// reach. Observations of nodes that were merged are moved before.
///
/// The changes are in the control plane's database, and what is outdated may be in the other file. So a change is only
/// forgotten after it was marked; if the server stops in between, it is marked once more.
pub(crate) async fn take(
    store: &Store,
    observations: &Observations,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<()> {
    merged_nodes::move_observations(store, observations, Some(organization), now).await?;
    if store.production_changes(organization, 1).await?.is_empty() {
        return Ok(());
    }
    let machines = observations.nodes_with_machines(organization, None).await?;
    let sites = store.nodes(&OrganizationReach::whole(organization)).sites_of(&machines).await?;
    let sites: HashMap<NodeId, Option<SiteId>> = sites.into_iter().collect();
    loop {
        let changes = store.production_changes(organization, CHANGES_AT_ONCE).await?;
        if changes.is_empty() {
            return Ok(());
        }
        let mut ranges = Vec::new();
        for change in &changes {
            let is_in = |node: NodeId, site: Option<SiteId>| match change.area {
                Area::Organization => true,
                Area::Site(of) => site == Some(of),
                Area::Node(of) => node == of,
            };
            let (first_at, last_at) = (change.outdated.first_at.max(0), change.outdated.last_at.min(LAST_AT));
            let nodes = sites.iter().filter(|(node, site)| is_in(**node, **site));
            ranges.extend(nodes.map(|(node, _)| DirtyRange {
                organization,
                node: *node,
                first_at,
                last_at,
                change: 0,
            }));
        }
        observations.mark_dirty(&ranges, now).await?;
        store.forget_production_changes(&changes).await?;
    }
}
