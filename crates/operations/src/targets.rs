//! Targets in requests: which nodes they mean.

use std::collections::BTreeMap;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::{NAMED_MAX, Targets};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_store::Run;
use bailiwick_store::nodes::Nodes;
use bailiwick_store::sites::Sites;

use crate::noun;
use crate::references::{KnownNodes, check_length, missing};

/// The field of most operations that take targets.
pub(crate) const FIELD: &str = "targets";

/// Targets whose names were looked up.
pub(crate) struct Resolved {
    /// The filter for the nodes that are meant.
    pub(crate) filter: NodeFilter,
    /// The nodes that are named one by one, each with its place in the request.
    pub(crate) named: BTreeMap<NodeId, usize>,
}

impl Resolved {
    /// Replaces the names in targets by ids, so that they mean the same objects when those are renamed.
    pub(crate) fn pin(&self, targets: &mut Targets) {
        let mut places: Vec<(usize, NodeId)> = self.named.iter().map(|(id, n)| (*n, *id)).collect();
        places.sort_unstable();
        if let Some(nodes) = &mut targets.nodes {
            *nodes = places.into_iter().map(|(_, id)| NodeRef::Id(id)).collect();
        }
        targets.site = self.filter.site.map(SiteRef::Id);
        targets.host = self.filter.host.map(NodeRef::Id);
    }
}

/// A member of the targets in a field, as errors name it. An empty name stands for the field itself, and an empty
/// field for members of the request.
pub(crate) fn member(field: &str, name: &str) -> String {
    [field, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// Refuses targets that are wrong in themselves, such as those without a member.
pub(crate) fn check(targets: &Targets, field: &str) -> Result<()> {
    let faults = targets.faults().into_iter();
    require_valid(faults.map(|(name, detail)| FieldError::new(member(field, name), detail)).collect())
}

/// Refuses targets that are wrong in themselves, and those that name a selection, for what lasts longer than one.
pub(crate) fn check_lasting(targets: &Targets, field: &str) -> Result<()> {
    if targets.selection.is_some() {
        let detail = "expected no selection: it ends after ten minutes; name the nodes by the other members";
        return Err(Error::invalid(member(field, "selection"), detail));
    }
    check(targets, field)
}

/// The filter for targets whose nodes, site and host are named by their ids.
pub(crate) fn pinned(targets: &Targets, now: Timestamp) -> NodeFilter {
    let id = |node: &NodeRef| match node {
        NodeRef::Id(id) => Some(*id),
        NodeRef::Name(_) => None,
    };
    let site = |site: &SiteRef| match site {
        SiteRef::Id(id) => Some(*id),
        SiteRef::Name(_) => None,
    };
    NodeFilter {
        nodes: targets.nodes.as_ref().map(|nodes| nodes.iter().filter_map(id).collect()),
        site: targets.site.as_ref().and_then(site),
        host: targets.host.as_ref().and_then(id),
        ..unnamed(targets, now)
    }
}

/// The filter for the members of targets that are not names.
fn unnamed(targets: &Targets, now: Timestamp) -> NodeFilter {
    NodeFilter {
        labels: targets.labels.clone().unwrap_or_default(),
        kind: targets.kind,
        search: targets.search.clone(),
        status: targets.status.map(|status| (status, now)),
        ..NodeFilter::default()
    }
}

/// Looks up the names in targets among what is in reach. Targets without a member mean every node here: see [`check`]. A selection is
/// not looked up.
pub(crate) async fn resolve<R: Run>(
    mut run: R,
    reach: &OrganizationReach,
    targets: &Targets,
    field: &str,
    now: Timestamp,
) -> Result<Resolved> {
    let Targets { nodes, site, host, .. } = targets;
    let mut errors = Vec::new();
    let mut filter = unnamed(targets, now);
    if let Some(name) = site {
        filter.site = Sites::new(&mut run, reach).find(name).await?.map(|site| site.id);
        if filter.site.is_none() {
            errors.push(missing(&member(field, "site"), noun::SITE, name));
        }
    }
    if let Some(name) = host {
        filter.host = Nodes::new(&mut run, reach).find(name).await?.map(|node| node.id);
        if filter.host.is_none() {
            errors.push(missing(&member(field, "host"), noun::NODE, name));
        }
    }
    let mut named = BTreeMap::new();
    if let Some(names) = nodes {
        let field = member(field, "nodes");
        check_length(&field, names, NAMED_MAX, &mut errors);
        require_valid(std::mem::take(&mut errors))?;
        let known = KnownNodes::find(Nodes::new(&mut run, reach), names).await?;
        for (n, name) in names.iter().enumerate() {
            if let Some(node) = known.get(&format!("{field}[{n}]"), name, &mut errors) {
                named.entry(node.id).or_insert(n);
            }
        }
        filter.nodes = Some(named.keys().copied().collect());
    }
    require_valid(errors)?;
    Ok(Resolved { filter, named })
}
