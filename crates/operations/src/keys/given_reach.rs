//! A reach as clients give it, by ids and names.

use std::collections::BTreeSet;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::reach::{REACH_IDS_MAX, Reach};
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::noun;
use crate::references::{KnownNodes, KnownSites, check_length, missing};

/// The objects that a key or role may touch. Each member restricts them; a member that is absent or
/// null does not. An empty list reaches nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenReach {
    /// Only these organizations, by id or short name. For root keys; an organization key is limited to its own anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    organizations: Option<Vec<OrganizationRef>>,
    /// Only these sites and the objects at them, by id or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    sites: Option<Vec<SiteRef>>,
    /// Only objects whose labels match, as in `env=prod,!legacy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Selector>,
    /// Only these nodes and the objects on them, by id or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REACH_IDS_MAX))]
    nodes: Option<Vec<NodeRef>>,
}

impl From<Reach> for GivenReach {
    fn from(reach: Reach) -> Self {
        Self {
            organizations: reach.organizations.map(|ids| ids.into_iter().map(OrganizationRef::Id).collect()),
            sites: reach.sites.map(|ids| ids.into_iter().map(SiteRef::Id).collect()),
            labels: reach.labels,
            nodes: reach.nodes.map(|ids| ids.into_iter().map(NodeRef::Id).collect()),
        }
    }
}

impl GivenReach {
    /// Whether it is this reach, with ids only. A name is never the same as an id here, because it may mean nothing.
    pub(crate) fn is(&self, reach: &Reach) -> bool {
        let Self { organizations, sites, labels, nodes } = self;
        same(organizations.as_deref(), OrganizationRef::id, reach.organizations.as_ref())
            && same(sites.as_deref(), SiteRef::id, reach.sites.as_ref())
            && *labels == reach.labels
            && same(nodes.as_deref(), NodeRef::id, reach.nodes.as_ref())
    }

    /// The reach that it means, in an organization or, for root keys, in none. Adds an error for each object that does not exist
    /// or is out of the caller's reach. The reach has the ids of such objects too.
    pub(crate) async fn find(
        self,
        cx: &Cx,
        organization: Option<OrganizationId>,
        errors: &mut Vec<FieldError>,
    ) -> Result<Reach> {
        let before = errors.len();
        check_length(
            "reach.organizations",
            self.organizations.as_deref().unwrap_or_default(),
            REACH_IDS_MAX,
            errors,
        );
        check_length("reach.sites", self.sites.as_deref().unwrap_or_default(), REACH_IDS_MAX, errors);
        check_length("reach.nodes", self.nodes.as_deref().unwrap_or_default(), REACH_IDS_MAX, errors);
        if self.labels.as_ref().is_some_and(Selector::is_empty) {
            let detail = "expected a requirement; leave the field out to reach objects with any labels";
            errors.push(FieldError::new("reach.labels", detail));
        }
        let mut reach = Reach { labels: self.labels.clone(), ..Reach::EVERYTHING };
        if errors.len() > before {
            return Ok(reach);
        }
        reach.organizations = self.organizations(cx, organization, errors)?;
        let Some(own) = organization else {
            reach.sites = self.sites.map(|named| only_ids("reach.sites", named, SiteRef::id, errors));
            reach.nodes = self.nodes.map(|named| only_ids("reach.nodes", named, NodeRef::id, errors));
            return Ok(reach);
        };
        let within = noun::ORGANIZATION.found(cx.reach()?.within(own), own)?;
        if let Some(named) = &self.sites {
            let known = KnownSites::find(cx.store().sites(&within), named).await?;
            let mut ids = BTreeSet::new();
            for (n, named) in named.iter().enumerate() {
                let found = known.id(named);
                if found.is_none() {
                    errors.push(missing(&format!("reach.sites[{n}]"), noun::SITE, named));
                }
                ids.extend(found.or_else(|| named.id()));
            }
            reach.sites = Some(ids);
        }
        if let Some(named) = &self.nodes {
            let known = KnownNodes::find(cx.store().nodes(&within), named).await?;
            let mut ids = BTreeSet::new();
            for (n, named) in named.iter().enumerate() {
                let found = known.get(&format!("reach.nodes[{n}]"), named, errors).map(|node| node.id);
                ids.extend(found.or_else(|| named.id()));
            }
            reach.nodes = Some(ids);
        }
        Ok(reach)
    }

    fn organizations(
        &self,
        cx: &Cx,
        own: Option<OrganizationId>,
        errors: &mut Vec<FieldError>,
    ) -> Result<Option<BTreeSet<OrganizationId>>> {
        let Some(named) = self.organizations.as_deref() else { return Ok(None) };
        let reached = cx.reach()?;
        let directory = cx.control().directory();
        let mut found = BTreeSet::new();
        for (n, named) in named.iter().enumerate() {
            // Callers do not learn which organizations there are out of their reach.
            match directory.get(named).filter(|found| reached.within(found.id).is_some()) {
                Some(organization) => drop(found.insert(organization.id)),
                None if own.is_some() => {}
                None => errors.push(missing(&format!("reach.organizations[{n}]"), noun::ORGANIZATION, named)),
            }
        }
        if own.is_some_and(|own| found != [own].into() || found.len() != named.len()) {
            let detail = "an organization key reaches only its own organization";
            errors.push(FieldError::new("reach.organizations", detail));
        }
        Ok(Some(found))
    }
}

/// Whether a list has these ids and no names. A list may be absent.
fn same<R, I: Ord>(named: Option<&[R]>, id: fn(&R) -> Option<I>, ids: Option<&BTreeSet<I>>) -> bool {
    match (named, ids) {
        (None, None) => true,
        (Some(named), Some(ids)) => {
            named.iter().map(id).collect::<Option<BTreeSet<I>>>().as_ref() == Some(ids)
        }
        _ => false,
    }
}

/// The ids in a list. Adds an error for each name: names belong to an organization, and a root key to none.
fn only_ids<R, I: Ord>(
    field: &str,
    named: Vec<R>,
    id: fn(&R) -> Option<I>,
    errors: &mut Vec<FieldError>,
) -> BTreeSet<I> {
    let mut ids = BTreeSet::new();
    for (n, named) in named.iter().enumerate() {
        match id(named) {
            Some(id) => drop(ids.insert(id)),
            None => {
                let detail = "expected an id: names belong to an organization, and a root key to none";
                errors.push(FieldError::new(format!("{field}[{n}]"), detail));
            }
        }
    }
    ids
}
