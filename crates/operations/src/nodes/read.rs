//! List and show nodes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::SiteId;
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::{sort_orders, words};
use bailiwick_store::List;
use bailiwick_store::nodes::NodesBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Node, NodeInclude, include};
use super::{NOUN, TAG, ids};
use crate::facets::{FacetedPage, Facets, values};
use crate::names::names_of_sites;
use crate::targets::resolve;

sort_orders! {
    /// A sort order of nodes.
    pub(crate) NodeSort of NodesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
}

words! {
    /// A property of nodes whose values are counted.
    pub(crate) NodeFacet { Site = "site", Type = "type", Status = "status" }
}

/// List the nodes of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListNodes {
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// Only nodes of this type.
    #[serde(rename = "type")]
    kind: Option<NodeType>,
    /// Only nodes that run on this one, by id or name.
    host: Option<NodeRef>,
    /// Only nodes whose name, address, container name or serial number contains all of these words, in
    /// any case.
    search: Option<Search>,
    /// Only nodes with this status.
    status: Option<NodeStatus>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<NodeSort>,
    /// The most nodes on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which facets to answer: properties for each of whose values the matching items are counted.
    facets: Option<Words<NodeFacet>>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<NodeInclude>>,
}

impl Operation for ListNodes {
    const SPEC: Spec = Spec::read(ids::NODES_LIST, "/v1/nodes").tag(TAG).columns(&[
        "name",
        "id",
        "type",
        "status",
        "address",
        "labels",
        "site_name",
        "created_at",
    ]);
    type Output = FacetedPage<Node>;

    async fn run(self, cx: &Cx) -> Result<FacetedPage<Node>> {
        let reach = cx.organization_reach()?;
        let asked = Targets {
            labels: self.labels,
            site: self.site,
            kind: self.kind,
            host: self.host,
            search: self.search,
            status: self.status,
            ..Targets::default()
        };
        let filter = resolve(cx.store(), &reach, &asked, "", cx.now()).await?.filter;
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().nodes(&reach).list_seen(&filter, list).await?;
        let facets = facets(cx, &reach, &filter, self.facets.unwrap_or_default()).await?;
        let mut page = page.map(|seen| Node::at(seen, cx.now()));
        include(cx, &reach, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(FacetedPage::new(page, facets))
    }
}

/// The facets of the nodes that match a filter. Each leaves out the filter on its own property.
async fn facets(
    cx: &Cx,
    reach: &OrganizationReach,
    filter: &NodeFilter,
    asked: Words<NodeFacet>,
) -> Result<Facets> {
    let mut facets = Facets::new();
    for facet in asked.0 {
        let mut nodes = cx.store().nodes(reach);
        let (name, counted) = match facet {
            NodeFacet::Site => {
                let filter = NodeFilter { site: None, ..filter.clone() };
                let facet = nodes.facet_of_sites(&filter).await?;
                let names = names_of_sites(cx, reach, facet.counts.iter().filter_map(|(id, _)| *id)).await?;
                let name = |id: &SiteId| names.of(id).map(|name| name.to_string());
                ("site", values(facet, ToString::to_string, name)?)
            }
            NodeFacet::Type => {
                let filter = NodeFilter { kind: None, ..filter.clone() };
                ("type", values(nodes.facet_of_types(&filter).await?, ToString::to_string, |_| None)?)
            }
            NodeFacet::Status => {
                let filter = NodeFilter { status: None, ..filter.clone() };
                let facet = nodes.facet_of_statuses(&filter, cx.now()).await?;
                ("status", values(facet, |status| status.as_str().to_owned(), |_| None)?)
            }
        };
        facets.insert(name, counted);
    }
    Ok(facets)
}

/// Show one node.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetNode {
    /// Its id or name.
    node: NodeRef,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<NodeInclude>>,
}

impl Operation for GetNode {
    const SPEC: Spec = Spec::read(ids::NODES_GET, "/v1/nodes/{node}").tag(TAG).versioned();
    const REVISION: fn(&Node) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Node;

    async fn run(self, cx: &Cx) -> Result<Node> {
        let reach = cx.organization_reach()?;
        let found = cx.store().nodes(&reach).find_seen(&self.node).await?;
        let mut node = Node::at(NOUN.found(found, self.node)?, cx.now());
        let asked = self.include.unwrap_or_default();
        include(cx, &reach, std::slice::from_mut(&mut node), &asked).await?;
        Ok(node)
    }
}
