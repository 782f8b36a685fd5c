//! Reach: the objects that a key or role may touch.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, OrganizationId, SiteId};
use crate::text::label::Labels;
use crate::text::selector::Selector;

/// The most ids in one list of a reach.
pub const REACH_IDS_MAX: usize = 200;

/// The objects that a key or role may touch. Each member restricts them; a member that is absent or
/// null does not. An empty list reaches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Only these organizations. For root keys; an organization key is limited to its own anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    pub organizations: Option<BTreeSet<OrganizationId>>,
    /// Only these sites and the objects at them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    pub sites: Option<BTreeSet<SiteId>>,
    /// Only objects whose labels match, as in `env=prod,!legacy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Selector>,
    /// Only these nodes and the objects on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    pub nodes: Option<BTreeSet<NodeId>>,
}

fn narrower<T: Ord>(mine: Option<&BTreeSet<T>>, theirs: Option<&BTreeSet<T>>) -> bool {
    match (mine, theirs) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(mine), Some(theirs)) => mine.is_subset(theirs),
    }
}

fn both<T: Ord + Copy>(a: Option<&BTreeSet<T>>, b: Option<&BTreeSet<T>>) -> Option<BTreeSet<T>> {
    match (a, b) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (Some(a), Some(b)) => Some(a & b),
    }
}

impl Reach {
    /// Every organization and everything in it.
    pub const EVERYTHING: Self = Self { organizations: None, sites: None, labels: None, nodes: None };

    /// Whether `other` certainly includes everything that this reach includes.
    pub fn is_within(&self, other: &Self) -> bool {
        narrower(self.organizations.as_ref(), other.organizations.as_ref())
            && narrower(self.sites.as_ref(), other.sites.as_ref())
            && narrower(self.nodes.as_ref(), other.nodes.as_ref())
            && match (&self.labels, &other.labels) {
                (_, None) => true,
                (None, Some(theirs)) => theirs.is_empty(),
                (Some(mine), Some(theirs)) => mine.implies(theirs),
            }
    }

    /// The objects that are in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            organizations: both(self.organizations.as_ref(), other.organizations.as_ref()),
            sites: both(self.sites.as_ref(), other.sites.as_ref()),
            labels: match (&self.labels, &other.labels) {
                (None, None) => None,
                (Some(one), None) | (None, Some(one)) => Some(one.clone()),
                (Some(a), Some(b)) => Some(a.and(b)),
            },
            nodes: both(self.nodes.as_ref(), other.nodes.as_ref()),
        }
    }

    /// Whether it includes objects of `organization`, all or some.
    pub fn touches(&self, organization: OrganizationId) -> bool {
        self.organizations.as_ref().is_none_or(|set| set.contains(&organization))
    }

    /// Whether it leaves out some objects of the organizations that it includes.
    pub const fn is_partial(&self) -> bool {
        self.sites.is_some() || self.labels.is_some() || self.nodes.is_some()
    }

    /// The reach within one organization, as database queries need it. `None` if that organization is
    /// not included.
    pub fn within(&self, organization: OrganizationId) -> Option<OrganizationReach> {
        self.touches(organization).then(|| OrganizationReach {
            organization,
            sites: self.sites.clone(),
            labels: self.labels.clone(),
            nodes: self.nodes.clone(),
        })
    }
}

/// The objects of one organization that a query may touch. Every query on objects of an organization
/// requires one, so that none can forget to filter by tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationReach {
    /// The organization.
    pub organization: OrganizationId,
    /// Only these sites; `None` for no restriction.
    pub sites: Option<BTreeSet<SiteId>>,
    /// Only objects whose labels match; `None` for no restriction.
    pub labels: Option<Selector>,
    /// Only these nodes; `None` for no restriction.
    pub nodes: Option<BTreeSet<NodeId>>,
}

impl OrganizationReach {
    /// Everything in one organization.
    pub const fn whole(organization: OrganizationId) -> Self {
        Self { organization, sites: None, labels: None, nodes: None }
    }

    /// Whether it leaves out some objects of the organization.
    pub const fn is_partial(&self) -> bool {
        self.sites.is_some() || self.labels.is_some() || self.nodes.is_some()
    }

    /// Whether it includes a site with these labels. A reach of single nodes includes no site, since a
    /// site is more than its nodes.
    pub fn touches_site(&self, site: SiteId, labels: &Labels) -> bool {
        self.nodes.is_none()
            && self.sites.as_ref().is_none_or(|set| set.contains(&site))
            && self.labels.as_ref().is_none_or(|selector| selector.matches(labels))
    }

    /// Whether it includes a node that is at this site (or at none) and has these labels. A node
    /// without a site is in no list of sites.
    pub fn touches_node(&self, node: NodeId, site: Option<SiteId>, labels: &Labels) -> bool {
        self.has_place(node, site) && self.labels.as_ref().is_none_or(|selector| selector.matches(labels))
    }

    /// Whether it includes a service or an agent that has these labels and is related to these nodes,
    /// each given with its site. If the reach lists sites or nodes, there must be at least one related
    /// node, and all of them must be listed; whether the nodes' own labels match does not matter.
    ///
    /// A service is related to the nodes it runs on. An agent is related to the node it runs on, to the
    /// nodes it observes and to the nodes of the services it observes.
    pub fn touches_on(
        &self,
        labels: &Labels,
        nodes: impl IntoIterator<Item = (NodeId, Option<SiteId>)>,
    ) -> bool {
        if !self.labels.as_ref().is_none_or(|selector| selector.matches(labels)) {
            return false;
        }
        if self.sites.is_none() && self.nodes.is_none() {
            return true;
        }
        let mut nodes = nodes.into_iter().peekable();
        nodes.peek().is_some() && nodes.all(|(node, site)| self.has_place(node, site))
    }

    /// Whether a node is in the lists of sites and nodes, whatever its labels.
    fn has_place(&self, node: NodeId, site: Option<SiteId>) -> bool {
        self.nodes.as_ref().is_none_or(|set| set.contains(&node))
            && self.sites.as_ref().is_none_or(|set| site.is_some_and(|site| set.contains(&site)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    fn set() -> impl Strategy<Value = Option<BTreeSet<u8>>> {
        prop::option::of(prop::collection::btree_set(0_u8..3, 0..3))
    }

    fn reach() -> impl Strategy<Value = Reach> {
        let labels = prop::option::of(prop::sample::select(vec!["x", "!x", "x=a", "x in (a,b)", "x=a,y=b"]));
        (set(), set(), labels, set()).prop_map(|(organizations, sites, labels, nodes)| Reach {
            organizations: organizations
                .map(|s| s.into_iter().map(|n| OrganizationId::from_uuid(id(n))).collect()),
            sites: sites.map(|s| s.into_iter().map(|n| SiteId::from_uuid(id(n))).collect()),
            labels: labels.map(|l: &str| l.parse().unwrap()),
            nodes: nodes.map(|s| s.into_iter().map(|n| NodeId::from_uuid(id(n))).collect()),
        })
    }

    proptest! {
        #[test]
        fn reaches_form_a_partial_order_with_intersection(a in reach(), b in reach(), c in reach()) {
            prop_assert!(a.is_within(&a));
            prop_assert!(a.is_within(&Reach::EVERYTHING));
            prop_assert!(a.and(&b).is_within(&a) && a.and(&b).is_within(&b));
            if a.is_within(&b) && b.is_within(&c) {
                prop_assert!(a.is_within(&c));
            }
        }

        #[test]
        fn a_narrower_reach_touches_no_additional_site(
            a in reach(), b in reach(), organization in 0_u8..3, site in 0_u8..3, label in "[ab]?",
        ) {
            let organization = OrganizationId::from_uuid(id(organization));
            let site = SiteId::from_uuid(id(site));
            let labels: Labels = if label.is_empty() {
                Labels::default()
            } else {
                serde_json::from_value(serde_json::json!({"x": label})).unwrap()
            };
            let touches = |r: &Reach| r.within(organization).is_some_and(|r| r.touches_site(site, &labels));
            if a.is_within(&b) && touches(&a) {
                prop_assert!(touches(&b));
            }
            prop_assert_eq!(touches(&a.and(&b)), touches(&a) && touches(&b));
        }

        #[test]
        fn a_narrower_reach_touches_no_additional_node(
            a in reach(), b in reach(), organization in 0_u8..3, node in 0_u8..3,
            site in prop::option::of(0_u8..3), label in prop::option::of("[ab]"),
        ) {
            let organization = OrganizationId::from_uuid(id(organization));
            let node = NodeId::from_uuid(id(node));
            let site = site.map(|n| SiteId::from_uuid(id(n)));
            let labels: Labels = match label {
                None => Labels::default(),
                Some(label) => serde_json::from_value(serde_json::json!({"x": label})).unwrap(),
            };
            let within = |r: &Reach| r.within(organization);
            let touches = |r: &Reach| within(r).is_some_and(|r| r.touches_node(node, site, &labels));
            if a.is_within(&b) && touches(&a) {
                prop_assert!(touches(&b));
            }
            prop_assert_eq!(touches(&a.and(&b)), touches(&a) && touches(&b));
            // A list of nodes does not restrict a site's nodes further, except that it excludes the
            // site itself.
            if let (Some(site), Some(reach)) = (site, within(&a)) && reach.touches_site(site, &labels) {
                prop_assert!(reach.touches_node(node, Some(site), &labels));
            }
        }

        #[test]
        fn a_narrower_reach_touches_no_additional_service_or_agent(
            a in reach(), b in reach(), organization in 0_u8..3, label in prop::option::of("[ab]"),
            on in prop::collection::vec((0_u8..3, prop::option::of(0_u8..3)), 0..3),
        ) {
            let organization = OrganizationId::from_uuid(id(organization));
            let nodes = on.iter().map(|(node, site)| {
                (NodeId::from_uuid(id(*node)), site.map(|n| SiteId::from_uuid(id(n))))
            });
            let labels: Labels = match label {
                None => Labels::default(),
                Some(label) => serde_json::from_value(serde_json::json!({"x": label})).unwrap(),
            };
            let within = |r: &Reach| r.within(organization);
            let touches = |r: &Reach| within(r).is_some_and(|r| r.touches_on(&labels, nodes.clone()));
            if a.is_within(&b) && touches(&a) {
                prop_assert!(touches(&b));
            }
            prop_assert_eq!(touches(&a.and(&b)), touches(&a) && touches(&b));
            // An object on one node, with the node's labels, is included if the node is.
            if let ([one], Some(reach)) = (&nodes.clone().collect::<Vec<_>>()[..], within(&a)) {
                prop_assert_eq!(reach.touches_node(one.0, one.1, &labels), touches(&a));
            }
        }

        #[test]
        fn a_reach_is_read_from_its_json(reach in reach()) {
            let text = serde_json::to_string(&reach).unwrap();
            prop_assert_eq!(serde_json::from_str::<Reach>(&text).unwrap(), reach);
        }
    }

    #[test]
    fn an_empty_list_reaches_nothing() {
        let none = Reach { sites: Some(BTreeSet::new()), ..Reach::EVERYTHING };
        let organization = OrganizationId::from_uuid(id(1));
        let within = none.within(organization).unwrap();
        assert!(!within.touches_site(SiteId::from_uuid(id(1)), &Labels::default()));
        assert!(!within.touches_node(NodeId::from_uuid(id(1)), None, &Labels::default()));
    }
}
