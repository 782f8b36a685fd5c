//! The choice of the nodes of a report.

use std::collections::BTreeSet;

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::{Site, SiteRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result, require_valid};
use bailiwick_operations::references::{KnownNodes, check_length, find_node};
use bailiwick_store::Store;

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

impl Choice<'_> {
    /// The nodes that are chosen, in the caller's reach; `None` for all. An error for nodes and sites that are not
    /// there.
    pub(super) async fn find(self, cx: &Cx, reach: &OrganizationReach) -> Result<Option<Vec<NodeId>>> {
        let sites = named_sites(cx.store(), reach, self.sites).await?;
        let filter = NodeFilter {
            nodes: named_nodes(cx.store(), reach, self.nodes).await?,
            labels: self.labels.unwrap_or_default(),
            kind: self.kind,
            host: find_node(cx, reach, "host", self.host).await?,
            search: self.search,
            status: self.status.map(|status| (status, cx.now())),
            ..sites.map(NodeFilter::at_one_of).unwrap_or_default()
        };
        if filter.is_empty() {
            return Ok(None);
        }
        Ok(Some(ids_of(cx, reach, &filter, "nodes").await?))
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
