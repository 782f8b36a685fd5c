//! Limits objects that run on nodes or observe nodes to the sites and nodes of a reach.

use bailiwick_domain::id::{NodeId, OrganizationId, SiteId};
use bailiwick_domain::reach::OrganizationReach;

use crate::sql::column::Column;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};

const ORGANIZATION: Field<OrganizationId> = Field::new("n.organization_id");
const NODE: Field<NodeId> = Field::new("n.id");
const SITE: Field<SiteId> = Field::new("n.site_id");

/// How the objects of a noun, whose ids have the type `I`, are related to nodes, which are called `n`.
pub(crate) struct Placement<I: 'static> {
    /// The object's id in the noun's table.
    pub(crate) id: Field<I>,
    /// For each kind of relation to a node, the object's id, the tables that it is found in, and how their rows
    /// belong together. The first table must be that of the nodes: SQLite keeps the order of a `CROSS JOIN`, so
    /// that it begins at the nodes within the reach and not at all objects of the organization.
    pub(crate) related: &'static [(Field<I>, &'static str, Fixed)],
    /// For each kind of relation, the tables with the nodes, and that they are those of the object in the
    /// noun's table.
    pub(crate) nodes: &'static [(&'static str, Fixed)],
}

impl<I: Column> Placement<I> {
    /// The conditions that an object is related to at least one node within the reach's sites and nodes, and to
    /// no node outside them.
    pub(crate) fn conditions(&self, reach: &OrganizationReach) -> Vec<Condition> {
        let Some(related) = self.candidate(reach) else { return Vec::new() };
        let none_outside = self.nodes.iter().map(|(tables, of_object)| {
            let outside = Condition::not_all(place(reach));
            Condition::exists_not(Select::new("1", tables, *of_object).and(outside))
        });
        std::iter::once(self.id.among(&related)).chain(none_outside).collect()
    }

    /// A query of the ids of objects that are related to a node within the reach, at which a list query may
    /// [start](crate::table::few) if they are few. `None` if the reach has neither sites nor nodes.
    pub(crate) fn candidate(&self, reach: &OrganizationReach) -> Option<Ids<I>> {
        if reach.sites.is_none() && reach.nodes.is_none() {
            return None;
        }
        let conditions = |joined: Fixed| {
            let mut conditions = vec![joined.into()];
            conditions.extend(place(reach));
            conditions
        };
        let organization = || ORGANIZATION.is(&reach.organization);
        // Each object once: it may be related to several nodes in several ways.
        Some(match self.related {
            [(id, tables, joined)] => Ids::distinct(*id, tables, organization(), conditions(*joined)),
            all => Ids::union(
                all.iter()
                    .map(|(id, tables, joined)| Ids::new(*id, tables, organization(), conditions(*joined))),
            ),
        })
    }
}

/// The conditions that the node `n` is within the sites and nodes of a reach. Ignores labels.
fn place(reach: &OrganizationReach) -> Vec<Condition> {
    let nodes = reach.nodes.as_ref().map(|ids| vec![NODE.one_of(ids)]);
    let sites = reach.sites.as_ref().map(|ids| vec![SITE.present(), SITE.one_of(ids)]);
    nodes.into_iter().chain(sites).flatten().collect()
}
