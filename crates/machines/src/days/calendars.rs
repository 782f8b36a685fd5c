//! The calendars of an organization's nodes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bailiwick_domain::calendar::Calendar;
use bailiwick_domain::cron::Zone;
use bailiwick_domain::id::{NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::Store;

/// Which calendar each node has: its own, or that of its site, or that of the organization.
pub(crate) struct Calendars {
    of_all: Arc<Calendar>,
    of_sites: HashMap<SiteId, Arc<Calendar>>,
    of_nodes: HashMap<NodeId, Arc<Calendar>>,
}

impl Calendars {
    /// The calendars of an organization. Without one of its own, all time is scheduled, in its time zone.
    pub(crate) async fn read(store: &Store, organization: OrganizationId, zone: Zone) -> Result<Self> {
        let mut calendars = Self {
            of_all: Arc::new(Calendar::without_shifts(zone)),
            of_sites: HashMap::new(),
            of_nodes: HashMap::new(),
        };
        for saved in store.meaning(organization).calendars().await? {
            let calendar = Arc::new(Calendar::new(&saved.rules).map_err(Error::internal)?);
            match saved.area() {
                Area::Organization => calendars.of_all = calendar,
                Area::Site(site) => drop(calendars.of_sites.insert(site, calendar)),
                Area::Node(node) => drop(calendars.of_nodes.insert(node, calendar)),
            }
        }
        Ok(calendars)
    }

    /// The calendar of the organization.
    pub(crate) const fn of_all(&self) -> &Arc<Calendar> {
        &self.of_all
    }

    /// The calendar of a node.
    pub(crate) fn of_node(&self, node: NodeId, site: Option<SiteId>) -> &Arc<Calendar> {
        let of_site = || self.of_sites.get(&site?);
        self.of_nodes.get(&node).or_else(of_site).unwrap_or(&self.of_all)
    }
}

/// The nodes among `nodes` whose calendar is still this one.
pub(super) async fn still_with(
    store: &Store,
    organization: OrganizationId,
    nodes: &[NodeId],
    calendar: &Calendar,
) -> Result<BTreeSet<NodeId>> {
    let named = store.organizations(&Reach::EVERYTHING).get(&OrganizationRef::Id(organization)).await?;
    let Some(Organization { time_zone, .. }) = named else { return Ok(BTreeSet::new()) };
    let calendars = Calendars::read(store, organization, time_zone).await?;
    let places = store.nodes(&OrganizationReach::whole(organization)).sites_of(nodes).await?;
    let is_same = |place: &(NodeId, Option<SiteId>)| **calendars.of_node(place.0, place.1) == *calendar;
    Ok(places.into_iter().filter(is_same).map(|(node, _)| node).collect())
}
