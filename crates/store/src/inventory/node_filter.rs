//! Filters of nodes as conditions of SQL.

use std::convert::Infallible;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::node_filter::{NodeCondition, NodeFilter};
use bailiwick_domain::presence::NodeStatus;

use super::node_row::{HOST, ID, LABELS, NodesBy, ORGANIZATION, SEARCH, SITE, TABLE, TYPE};
use crate::inventory::presence::with_status;
use crate::sql::query::{Condition, Expression as _};
use crate::table::track::Track;

/// The conditions of all filters on the table `nodes`.
pub(crate) fn conditions(filter: &NodeFilter, organization: OrganizationId) -> Vec<Condition> {
    [LABELS.conditions(&filter.labels), others(filter, organization)].concat()
}

/// Whether the filter has conditions other than labels.
pub(super) fn narrows_otherwise(filter: &NodeFilter) -> bool {
    let NodeFilter { nodes, labels: _, site, host, kind, search, status, also } = filter;
    let is_set =
        [nodes.is_some(), site.is_some(), host.is_some(), kind.is_some(), search.is_some(), status.is_some()];
    is_set.contains(&true) || !also.is_empty()
}

/// The conditions of the filters by which nodes are on a track.
fn places(filter: &NodeFilter) -> impl Iterator<Item = Condition> {
    let site = filter.site.map(|site| SITE.is(&site));
    site.into_iter().chain(filter.host.map(|host| HOST.is(&host)))
}

/// The nodes at the site and those on the host, as [`walk`](crate::table::walk) reads them.
pub(super) fn tracks<'s>(filter: &NodeFilter, organization: OrganizationId) -> Vec<Track<'s, NodesBy>> {
    let columns = "id AS few_id, name AS few_order";
    let track = |place| Track::new(NodesBy::Name, columns, TABLE, ORGANIZATION.is(&organization), place);
    places(filter).map(track).collect()
}

/// The conditions of all filters but the labels.
pub(super) fn others(filter: &NodeFilter, organization: OrganizationId) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = places(filter).collect();
    conditions.extend(filter.nodes.as_ref().map(|nodes| ID.one_of(nodes)));
    conditions.extend(filter.kind.as_ref().map(|kind| TYPE.is(kind)));
    conditions.extend(filter.search.iter().flat_map(|search| SEARCH.contains(search)));
    if let Some((status, now)) = filter.status {
        let ids = with_status(organization, status, now);
        let is_unknown = status == NodeStatus::Unknown;
        conditions.push(if is_unknown { ID.not_among(&ids) } else { ID.among(&ids) });
    }
    conditions.extend(filter.also.iter().map(|also| condition(also, organization)));
    conditions
}

/// A combined condition on nodes.
fn condition(tree: &NodeCondition, organization: OrganizationId) -> Condition {
    let Ok(condition) = Condition::of_tree::<_, Infallible>(tree, &|filter, is_negated| {
        let met = Condition::every(conditions(filter, organization));
        // A node without a site is not at any.
        Ok(if is_negated { met.or_false() } else { met })
    });
    condition
}
