//! The choice of the nodes of a report.

use std::collections::BTreeSet;

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::{Site, SiteRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result, require_valid};
use bailiwick_operations::references::{KnownNodes, check_length, find_node};
use bailiwick_store::nodes::NodePlace;
use bailiwick_store::{NodeFilter, Store};

use super::FILTERED_MAX;
use crate::chosen::ids_of;

/// What a report says of its nodes. Each member that is there narrows the choice.
#[derive(Default)]
pub(super) struct Choice<'a> {
    pub(super) nodes: Option<&'a [NodeRef]>,
    pub(super) sites: Option<&'a [SiteRef]>,
    pub(super) labels: Option<Selector>,
    pub(super) kind: Option<NodeType>,
    pub(super) host: Option<&'a NodeRef>,
    pub(super) search: Option<Search>,
    pub(super) status: Option<NodeStatus>,
}

/// The nodes that are chosen.
pub(super) struct Chosen {
    /// Among these; `None` for all.
    nodes: Option<BTreeSet<NodeId>>,
    /// At these sites; `None` for all.
    sites: Option<BTreeSet<SiteId>>,
    /// With these labels; `None` for all.
    labels: Option<Selector>,
}

impl Chosen {
    /// Whether a node is among those named in the report, and matches its filters other than places and labels.
    pub(super) fn names(&self, node: NodeId) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&node))
    }

    /// Whether the labels of nodes decide.
    pub(super) const fn needs_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// Whether a node is chosen.
    pub(super) fn contains(&self, place: &NodePlace) -> bool {
        self.names(place.id)
            && self.labels.as_ref().is_none_or(|labels| labels.matches(&place.labels))
            && self.sites.as_ref().is_none_or(|sites| place.site_id.is_some_and(|site| sites.contains(&site)))
    }
}

impl Choice<'_> {
    /// The nodes that are chosen. An error for nodes and sites that are not there.
    pub(super) async fn find(self, cx: &Cx, reach: &OrganizationReach) -> Result<Chosen> {
        let mut nodes = named_nodes(cx.store(), reach, self.nodes).await?;
        let sites = named_sites(cx.store(), reach, self.sites).await?;
        if self.kind.is_some() || self.host.is_some() || self.search.is_some() || self.status.is_some() {
            let filter = NodeFilter {
                kind: self.kind,
                host: find_node(cx, reach, "host", self.host).await?,
                search: self.search,
                status: self.status.map(|status| (status, cx.now())),
                ..NodeFilter::default()
            };
            let found: BTreeSet<NodeId> = ids_of(cx, reach, &filter, "search").await?.into_iter().collect();
            nodes = Some(nodes.map_or_else(|| found.clone(), |named| &named & &found));
        }
        Ok(Chosen { nodes, sites, labels: self.labels })
    }
}

async fn named_nodes(
    store: &Store,
    reach: &OrganizationReach,
    named: Option<&[NodeRef]>,
) -> Result<Option<BTreeSet<NodeId>>> {
    let Some(named) = named else { return Ok(None) };
    let mut errors = Vec::new();
    check_length("nodes", named, FILTERED_MAX, &mut errors);
    require_valid(std::mem::take(&mut errors))?;
    let known = KnownNodes::find(store.nodes(reach), named).await?;
    let found = known.list("nodes", named, &mut errors).into_iter().map(|node| node.id).collect();
    require_valid(errors)?;
    Ok(Some(found))
}

async fn named_sites(
    store: &Store,
    reach: &OrganizationReach,
    named: Option<&[SiteRef]>,
) -> Result<Option<BTreeSet<SiteId>>> {
    let Some(named) = named else { return Ok(None) };
    let mut errors = Vec::new();
    check_length("sites", named, FILTERED_MAX, &mut errors);
    require_valid(std::mem::take(&mut errors))?;
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for site in named {
        match site {
            SiteRef::Id(id) => ids.push(*id),
            SiteRef::Name(name) => names.push(name),
        }
    }
    let found = store.sites(reach).all_of(&ids, &names).await?;
    for (n, wanted) in named.iter().enumerate() {
        let is_it = |site: &Site| match wanted {
            SiteRef::Id(id) => site.id == *id,
            SiteRef::Name(name) => site.name == *name,
        };
        if !found.iter().any(is_it) {
            errors.push(FieldError::new(format!("sites[{n}]"), format!("there is no site {wanted}")));
        }
    }
    require_valid(errors)?;
    Ok(Some(found.into_iter().map(|site| site.id).collect()))
}
