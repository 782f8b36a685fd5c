//! Which nodes another program discovers.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::id::SiteId;
use bailiwick_domain::name::Name;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::{PAGE_MAX, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::List;
use bailiwick_store::nodes::{NodesBy, SeenNode};

use crate::nodes::NodeSort;
use crate::targets::resolve;

/// The most nodes or targets in one answer: the programs that ask need all of them at once.
pub(super) const DISCOVERED_MAX: usize = 20_000;

/// The most bytes of memory that one answer takes while it is made and sent: less than one caller's share of the memory for
/// large answers. Above that, a caller would be told to try again later, which would not help.
pub(super) const ANSWER_BYTES_MAX: usize = 30 << 20;

/// The error for an answer that takes too much memory.
pub(super) fn too_large() -> Error {
    let most = ANSWER_BYTES_MAX >> 20;
    let detail = format!(
        "the answer takes more than {most} MiB: narrow the request by `labels` or `site`, and ask for each part by itself"
    );
    Error::invalid("labels", detail)
}

/// The error for more nodes or targets than one answer holds.
pub(super) fn too_many(what: &str) -> Error {
    let detail = format!(
        "more than {DISCOVERED_MAX} {what} match: narrow the request by `labels` or `site`, and ask for each part by itself"
    );
    Error::invalid("labels", detail)
}

/// The nodes that are discovered, read page by page, sorted by name.
pub(super) struct Discovered<'a> {
    cx: &'a Cx,
    reach: &'a OrganizationReach,
    filter: NodeFilter,
    next: Option<List<NodesBy>>,
}

impl<'a> Discovered<'a> {
    /// The nodes that match in a reach. Nothing is read yet but what the names stand for.
    pub(super) async fn new(cx: &'a Cx, reach: &'a OrganizationReach, asked: &Targets) -> Result<Self> {
        let filter = resolve(cx.store(), reach, asked, "", cx.now()).await?.filter;
        let (limit, sort) = (PageLimit::near(PAGE_MAX), NodeSort::Name.into());
        Ok(Self { cx, reach, filter, next: Some(List { limit, cursor: None, sort, total: false }) })
    }

    /// The next nodes; none after the last page.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<SeenNode>>> {
        let Some(list) = self.next.take() else { return Ok(None) };
        let (limit, sort) = (list.limit, list.sort);
        let page = self.cx.store().nodes(self.reach).list_seen(&self.filter, list).await?;
        self.next = page.next_cursor.map(|cursor| List { limit, cursor: Some(cursor), sort, total: false });
        Ok(Some(page.items))
    }
}

/// The names of the sites of nodes, read once for each site.
#[derive(Default)]
pub(super) struct SiteNames(HashMap<SiteId, Option<Name>>);

impl SiteNames {
    /// Reads the names of the sites of these nodes that are not known yet.
    pub(super) async fn learn(
        &mut self,
        cx: &Cx,
        reach: &OrganizationReach,
        nodes: &[SeenNode],
    ) -> Result<()> {
        let sites: BTreeSet<SiteId> = nodes.iter().filter_map(|seen| seen.node.site_id).collect();
        let unknown: Vec<SiteId> = sites.into_iter().filter(|site| !self.0.contains_key(site)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = cx.store().sites(reach).all_of(&unknown, &[]).await?;
        self.0.extend(unknown.into_iter().map(|site| (site, None)));
        self.0.extend(found.into_iter().map(|site| (site.id, Some(site.name))));
        Ok(())
    }

    /// The name of a node's site; `None` for a node at no site, and for a site out of reach.
    pub(super) fn of(&self, seen: &SeenNode) -> Option<&Name> {
        self.0.get(&seen.node.site_id?)?.as_ref()
    }
}
